//! Runs the real binary. Every process that is started here is ended here, even if a test fails.
#![allow(dead_code)]

use serde_json::{json, Value};
use std::{
	io::{BufRead, BufReader, Read, Write},
	net::TcpStream,
	path::Path,
	process::{Child, Command, Output, Stdio},
	sync::{Arc, Mutex},
	thread,
	time::{Duration, Instant},
};

/// Timeout of every wait in tests that do not measure time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The binary under test.
pub fn syndic() -> Command {
	let mut command = Command::new(env!("CARGO_BIN_EXE_syndic"));
	command.stdin(Stdio::null());
	command
}

/// Runs a command to its end. Panics if it takes longer than [`PATIENCE`].
pub fn run<A: AsRef<std::ffi::OsStr>>(args: &[A]) -> Output {
	let child = syndic().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
	let id = child.id();
	// Both pipes are read while the process runs, so that none of them can fill up and stop it.
	let waiter = thread::spawn(move || child.wait_with_output().expect("the binary's output"));
	let deadline = Instant::now() + PATIENCE;
	while !waiter.is_finished() {
		if Instant::now() > deadline {
			signal(id, "KILL");
			panic!("a command did not end: {:?}", args.iter().map(|a| a.as_ref().to_owned()).collect::<Vec<_>>());
		}
		thread::sleep(Duration::from_millis(20));
	}
	waiter.join().expect("the binary's output")
}

/// Runs a command that must succeed. Returns its output.
pub fn succeed<A: AsRef<std::ffi::OsStr>>(args: &[A]) -> String {
	let output = run(args);
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	String::from_utf8(output.stdout).expect("text")
}

/// Runs a command that must fail with exit code 1 and one line of error. Returns this line.
pub fn fail<A: AsRef<std::ffi::OsStr>>(args: &[A]) -> String {
	let output = run(args);
	let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
	assert_eq!(output.status.code(), Some(1), "{stderr}");
	let lines: Vec<_> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
	assert_eq!(lines.len(), 1, "{stderr}");
	assert!(!stderr.contains("panicked") && !stderr.contains("stack backtrace"), "{stderr}");
	lines[0].to_owned()
}

/// The spec of a preset, as the binary exports it.
pub fn exported(chain: &str) -> Value {
	serde_json::from_str(&succeed(&["export-chain-spec", "--chain", chain])).expect("JSON")
}

fn signal(id: u32, name: &str) {
	let _ = Command::new("kill").args([format!("-{name}"), id.to_string()]).status();
}

/// A running node, which is killed when this is dropped.
pub struct Node {
	child: Child,
	log: Arc<Mutex<String>>,
	rpc: u16,
}

impl Node {
	/// Starts a node with its data in `base`, on ports that the system chooses, and waits for its RPC.
	pub fn start(base: &Path, args: &[&str]) -> Self {
		let mut node = Self::spawn(base, args);
		let deadline = Instant::now() + PATIENCE;
		node.rpc = loop {
			if let Some(port) = node.port() {
				break port;
			}
			if let Ok(Some(status)) = node.child.try_wait() {
				panic!("the node ended with {status}:\n{}", node.log());
			}
			assert!(Instant::now() < deadline, "the node serves no RPC:\n{}", node.log());
			thread::sleep(Duration::from_millis(50));
		};
		node
	}

	/// Starts a node and waits for nothing.
	pub fn spawn(base: &Path, args: &[&str]) -> Self {
		let mut child = syndic()
			.args(["--port", "0", "--rpc-port", "0", "--no-prometheus", "--no-telemetry", "--no-mdns"])
			.arg("--base-path")
			.arg(base)
			.args(args)
			.stdout(Stdio::null())
			.stderr(Stdio::piped())
			.spawn()
			.expect("the binary starts");
		let stderr = child.stderr.take().expect("it is piped");
		let log = Arc::new(Mutex::new(String::new()));
		let sink = log.clone();
		thread::spawn(move || {
			for line in BufReader::new(stderr).lines().map_while(Result::ok) {
				let mut log = sink.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
				log.push_str(&line);
				log.push('\n');
			}
		});
		Self { child, log, rpc: 0 }
	}

	/// The log so far.
	pub fn log(&self) -> String {
		self.log.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
	}

	/// The port that its log names.
	fn port(&self) -> Option<u16> {
		let log = self.log();
		let rest = log.split("Running JSON-RPC server: addr=").nth(1)?;
		rest.split(',').next()?.rsplit(':').next()?.trim().parse().ok()
	}

	/// Asks over HTTP; the result, or the error's message.
	pub fn ask(&self, method: &str, params: Value) -> Result<Value, String> {
		let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
		let answer = self.post(&body).map_err(|error| error.to_string())?;
		let answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))?;
		match answer.get("error") {
			Some(error) => Err(error["message"].as_str().unwrap_or_default().to_owned()),
			None => Ok(answer["result"].clone()),
		}
	}

	fn post(&self, body: &str) -> std::io::Result<String> {
		let mut stream = TcpStream::connect(("127.0.0.1", self.rpc))?;
		stream.set_read_timeout(Some(PATIENCE))?;
		write!(
			stream,
			"POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: \
			 close\r\n\r\n{body}",
			self.rpc,
			body.len()
		)?;
		let mut answer = String::new();
		stream.read_to_string(&mut answer)?;
		Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
	}

	/// The last final height.
	pub fn finalised(&self) -> u64 {
		let hash = self.ask("chain_getFinalizedHead", json!([])).expect("the finalised head");
		let header = self.ask("chain_getHeader", json!([hash])).expect("its header");
		let number = header["number"].as_str().expect("hex").trim_start_matches("0x");
		u64::from_str_radix(number, 16).expect("hex")
	}

	/// Waits until that height is final.
	pub fn reach(&mut self, height: u64) {
		let deadline = Instant::now() + PATIENCE;
		while self.finalised() < height {
			if let Ok(Some(status)) = self.child.try_wait() {
				panic!("the node ended with {status}:\n{}", self.log());
			}
			assert!(Instant::now() < deadline, "height {height} is not final:\n{}", self.log());
			thread::sleep(Duration::from_millis(100));
		}
	}

	/// Waits until the node ends by itself. Returns its exit code and its log.
	pub fn ended(mut self) -> (Option<i32>, String) {
		let deadline = Instant::now() + PATIENCE;
		loop {
			if let Some(status) = self.child.try_wait().expect("its status") {
				// The last lines may not be in the log yet.
				thread::sleep(Duration::from_millis(200));
				return (status.code(), self.log());
			}
			assert!(Instant::now() < deadline, "the node goes on:\n{}", self.log());
			thread::sleep(Duration::from_millis(50));
		}
	}

	/// Tells the node to stop, as an operator would, and waits for its end.
	pub fn stop(self) -> String {
		signal(self.child.id(), "TERM");
		let (code, log) = self.ended();
		assert_eq!(code, Some(0), "{log}");
		log
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}
