//! An import queue that lives longer than the task that runs it.
//!
//! The worker behind a queue is an essential task, and ends when the queue, which receives its results, is dropped. The
//! SDK drops the queue when the task that runs it ends. This happens before the worker is told to end, so the worker
//! would report a failure.

use futures::future;
use sc_consensus::{import_queue::ImportQueueService, DefaultImportQueue, ImportQueue, Link};
use std::{
	future::Future,
	pin::Pin,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	task::{Context, Poll},
};
use syndic_primitives::block::Block;

/// The queue, held by the task that runs it and by a keeper.
pub struct SharedQueue {
	queue: Arc<Mutex<DefaultImportQueue<Block>>>,
	service: Box<dyn ImportQueueService<Block>>,
}

impl SharedQueue {
	/// Shares a queue.
	pub fn new(queue: DefaultImportQueue<Block>) -> Self {
		let service = queue.service();
		Self { queue: Arc::new(Mutex::new(queue)), service }
	}

	/// A value that keeps the queue alive as long as it lives.
	pub fn keeper(&self) -> impl Send + 'static {
		self.queue.clone()
	}

	fn queue(&self) -> MutexGuard<'_, DefaultImportQueue<Block>> {
		self.queue.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

impl ImportQueue<Block> for SharedQueue {
	fn service(&self) -> Box<dyn ImportQueueService<Block>> {
		self.queue().service()
	}

	fn service_ref(&mut self) -> &mut dyn ImportQueueService<Block> {
		&mut *self.service
	}

	fn poll_actions(&mut self, cx: &mut Context<'_>, link: &dyn Link<Block>) {
		self.queue().poll_actions(cx, link);
	}

	fn run<'l, 'f>(mut self, link: &'l dyn Link<Block>) -> Pin<Box<dyn Future<Output = ()> + Send + 'f>>
	where
		'l: 'f,
		Self: 'f,
	{
		Box::pin(future::poll_fn(move |cx| {
			self.poll_actions(cx, link);
			Poll::Pending
		}))
	}
}
