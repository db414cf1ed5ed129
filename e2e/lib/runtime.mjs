// The compiled runtime, which `compile_runtime` of scripts/common.sh leaves beside the binary.

import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SYNDIC } from './node.mjs';

const COMPILED = join(dirname(SYNDIC), 'runtime-cache');

/** Saves a new node of the chain `id` six seconds of computing. Without it, or with that of another runtime, the node compiles. */
export function seedRuntime(base, id) {
	if (existsSync(COMPILED)) cpSync(COMPILED, join(base, 'chains', id, 'runtime-cache'), { recursive: true });
}
