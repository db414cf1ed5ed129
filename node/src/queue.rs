//! An import queue that outlives whoever runs it.
//!
//! The worker behind a queue is an essential task, and ends once nobody is there for its results. Whoever runs the queue
//! drops it when it is done, which is before the worker has been told that all is over: it would report a failure.

use futures::future;
use sc_consensus::{import_queue::ImportQueueService, DefaultImportQueue, ImportQueue, Link};
use std::{
	future::Future,
	pin::Pin,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	task::{Context, Poll},
};
use syndic_primitives::block::Block;

/// The queue, held by whoever runs it and by who keeps it.
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

	/// What keeps the queue as long as it lives.
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
