//! Runs a node, or a command on its database, and ends it in order. The tasks are told to end and do so; then the
//! values that they used are dropped; then the tokio runtime on which they ran.
//!
//! The SDK's runner has another order. It drops the values of a command before it tells the tasks to end, so an
//! essential task whose queue is gone reports a failure although the command succeeded. It also shuts the tokio runtime
//! down while tasks still run. A task that uses its timer then panics, which ends the process before the error that
//! stopped the node is printed.

use crate::cli::Cli;
use futures::FutureExt;
use sc_cli::{CliConfiguration, DefaultConfigurationValues, Result, Signals, SubstrateCli};
use sc_service::{Configuration, Error, TaskManager};
use std::{
	future::Future,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	thread,
	time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// How long tasks may take to end after they were told to. Then the process ends without them.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// Time between two checks whether the tasks have ended.
const SHUTDOWN_POLL: Duration = Duration::from_millis(5);

/// Time for the log's own thread, which writes every 50 ms, to write the last lines.
const LOG_DELAY: Duration = Duration::from_millis(150);

/// Values that must outlive the tasks: the other ends of channels without which an essential task fails.
#[derive(Default)]
pub struct Kept(Vec<Box<dyn Send>>);

impl Kept {
	/// Keeps another value.
	pub fn keep(&mut self, thing: impl Send + 'static) {
		self.0.push(Box::new(thing));
	}
}

/// The tasks of a process, and the values that must outlive them.
#[derive(Default)]
pub struct Tasks {
	manager: Option<TaskManager>,
	kept: Kept,
	told_to_end: ToldToEnd,
}

/// Whether the tasks have been told to end although none of them has failed. From then on the parts of a node disappear in
/// any order, and a task that misses another one has not failed either.
#[derive(Clone, Default)]
pub struct ToldToEnd(Arc<AtomicBool>);

impl ToldToEnd {
	/// Whether they have been told.
	pub fn is_so(&self) -> bool {
		self.0.load(Ordering::Acquire)
	}

	fn tell(&self) {
		self.0.store(true, Ordering::Release);
	}
}

impl Tasks {
	/// Tells whether these tasks have been told to end.
	pub fn told_to_end(&self) -> ToldToEnd {
		self.told_to_end.clone()
	}

	/// Takes over the tasks of `manager`, which can still start others.
	pub fn manage(&mut self, manager: TaskManager) -> (&mut TaskManager, &mut Kept) {
		(self.manager.insert(manager), &mut self.kept)
	}

	/// Ends when an essential task has failed.
	async fn failed(&mut self) -> std::result::Result<(), Error> {
		match &mut self.manager {
			Some(manager) => manager.future().await,
			None => Ok(()),
		}
	}

	/// Tells the tasks to end, waits for them, and drops the kept values.
	fn end(self) {
		let Some(manager) = self.manager else { return };
		let registry = manager.into_task_registry();
		let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
		while !registry.running_tasks().is_empty() {
			if Instant::now() > deadline {
				for (task, count) in registry.running_tasks() {
					let seconds = SHUTDOWN_TIMEOUT.as_secs();
					log::error!("{count} of task {}/{} still ran after {seconds} s", task.group, task.name);
				}
				break;
			}
			thread::sleep(SHUTDOWN_POLL);
		}
	}
}

/// A configuration, and a tokio runtime to run it.
pub struct Runner {
	config: Configuration,
	runtime: Runtime,
	signals: Signals,
}

impl Runner {
	/// Makes the configuration for `command`, and sets up the log.
	pub fn new<C: CliConfiguration<D>, D: DefaultConfigurationValues>(cli: &Cli, command: &C) -> Result<Self> {
		let runtime = sc_cli::build_runtime()?;
		// Signals are captured as early as possible; that needs a tokio runtime.
		let signals = runtime.block_on(async { Signals::capture() })?;
		let config = command.create_configuration(cli, runtime.handle().clone())?;
		command.init(&Cli::support_url(), &Cli::impl_version(), |_| {})?;
		Ok(Self { config, runtime, signals })
	}

	/// Runs a command to its end, or until the process is told to stop.
	pub fn run_command<F>(self, prepare: impl FnOnce(Configuration, &mut Tasks) -> Result<F>) -> Result<()>
	where
		F: Future<Output = Result<()>>,
	{
		let mut tasks = Tasks::default();
		let ended = prepare(self.config, &mut tasks)
			.and_then(|command| self.runtime.block_on(self.signals.run_until_signal(command.fuse())));
		shut_down(tasks, self.runtime, ended)
	}

	/// Starts a node, and runs it until the process is told to stop or an essential task fails.
	pub fn run_node(
		self,
		start: impl AsyncFnOnce(Configuration, &mut Tasks) -> std::result::Result<(), Error>,
	) -> Result<()> {
		sc_cli::print_node_infos::<Cli>(&self.config);
		let mut tasks = Tasks::default();
		let ended = match self.runtime.block_on(start(self.config, &mut tasks)) {
			Ok(()) => self
				.runtime
				.block_on(self.signals.run_until_signal(tasks.failed().boxed().fuse()))
				.map_err(sc_cli::Error::from),
			Err(error) => Err(error.into()),
		};
		shut_down(tasks, self.runtime, ended)
	}
}

fn shut_down(tasks: Tasks, runtime: Runtime, ended: Result<()>) -> Result<()> {
	if ended.is_ok() {
		tasks.told_to_end.tell();
	}
	tasks.end();
	runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
	if ended.is_err() {
		// The error is to be the last line.
		thread::sleep(LOG_DELAY);
	}
	ended
}

#[cfg(test)]
mod tests {
	use super::*;

	/// What a task sees that notices the end of another one, as the engine does, before it hears that it is to end.
	fn told_when_another_is_gone(ended: Result<()>) -> bool {
		let runtime = sc_cli::build_runtime().unwrap();
		let mut tasks = Tasks::default();
		let told = tasks.told_to_end();
		let manager = TaskManager::new(runtime.handle().clone(), None).unwrap();
		let (manager, _) = tasks.manage(manager);
		let (other, gone) = std::sync::mpsc::channel::<()>();
		let (starts, started) = std::sync::mpsc::channel();
		let (sees, seen) = std::sync::mpsc::channel();
		manager.spawn_handle().spawn("other", None, async move {
			let _other = other;
			std::future::pending::<()>().await
		});
		manager.spawn_handle().spawn_blocking("engine", None, async move {
			let _ = starts.send(());
			let _ = gone.recv();
			let _ = sees.send(told.is_so());
		});
		started.recv().unwrap();
		let _ = shut_down(tasks, runtime, ended);
		seen.recv().unwrap()
	}

	#[test]
	fn a_task_knows_that_it_was_told_to_end() {
		assert!(told_when_another_is_gone(Ok(())));
	}

	/// What it says then may be the cause of the failure.
	#[test]
	fn a_task_is_not_told_to_end_where_another_one_has_failed() {
		assert!(!told_when_another_is_gone(Err(sc_cli::Error::Input("an essential task has failed".into()))));
	}
}
