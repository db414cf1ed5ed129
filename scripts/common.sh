# What scripts/setup, scripts/run and scripts/test share. It is sourced, not run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# What belongs to this checkout and is not source: what setup found out, and the local network's data.
STATE="$ROOT/.syndic"
TARGET="${CARGO_TARGET_DIR:-$ROOT/target}"
export SYNDIC="$TARGET/release/syndic"

# The runtime's Wasm is built in the target folder. It must find Cargo.lock also when that folder lies elsewhere.
export WASM_BUILD_WORKSPACE_HINT="$ROOT"

# Colour for people, none for files.
if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
	BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
	# shellcheck disable=SC2034
	BOLD='' DIM='' RED='' PLAIN=''
fi

fail() {
	printf '%serror:%s %s\n' "$RED" "$PLAIN" "$1" >&2
	shift
	for line in "$@"; do printf '       %s\n' "$line" >&2; done
	exit 1
}

# Runs setup, and takes over what it found out.
set_up() {
	"$ROOT/scripts/setup"
	# shellcheck source=/dev/null
	source "$STATE/env"
}

# The one form in which the workspace is built, so that no dependency is ever compiled twice with other features.
build() {
	(cd "$ROOT" && cargo build --locked --release --workspace "$@")
}

# The runtime, compiled as a node compiles it. A node whose database is new and that finds this in it starts with six
# seconds less of computing.
RUNTIME_CACHE="$TARGET/release/runtime-cache"

# Compiles the runtime once for each binary.
compile_runtime() {
	if [[ -d "$RUNTIME_CACHE" && ! "$SYNDIC" -nt "$RUNTIME_CACHE" ]]; then return; fi
	local temp
	temp=$(mktemp -d "$RUNTIME_CACHE.XXXXXX")
	"$SYNDIC" export-state --chain local --base-path "$temp" 0 >/dev/null 2>"$temp/log" || {
		cat "$temp/log" >&2
		rm -rf "$temp"
		fail "the runtime could not be compiled, see above"
	}
	rm -rf "$RUNTIME_CACHE"
	# Another script may have been faster; what it has made is the same.
	mv -T "$temp/chains/local/runtime-cache" "$RUNTIME_CACHE" 2>/dev/null || true
	touch "$RUNTIME_CACHE"
	rm -rf "$temp"
}

# Installs what a folder's package-lock.json says. The lock file as installed tells whether there is anything to install.
npm_install() {
	local folder=$1
	if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"; then
		(cd "$folder" && npm ci --no-audit --no-fund)
		cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"
	fi
}

# Installs what a requirements.txt says into a virtual environment, likewise. Every package is named there.
python_install() {
	local requirements=$1 venv=$2
	if ! "$venv/bin/python" -c '' 2>/dev/null || ! cmp -s "$requirements" "$venv/.installed.txt"; then
		rm -rf "$venv"
		python3 -m venv "$venv"
		"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
		cp "$requirements" "$venv/.installed.txt"
	fi
}

# Installs the stock clients of docs/operate/clients.md.
install_clients() {
	npm_install "$ROOT/e2e/clients/papi"
	npm_install "$ROOT/e2e/clients/sidecar"
	python_install "$ROOT/e2e/clients/substrate-interface/requirements.txt" "$STATE/substrate-interface"
}

# Compiles the TypeScript helper, which the end-to-end tests use as everybody else does.
build_helper() {
	npm_install "$ROOT/clients/typescript"
	(cd "$ROOT/clients/typescript" && npm run --silent build)
}
