//! Alters its new-views: other re-proposals or none, a view-change left out or repeated, another view, or view-changes
//! without locks. Alters its own view-changes: its locks are left out, and sometimes its last commit certificate.

use super::{Actor, Envelope, Message, Scene};
use syndic_pbft::{SignedNewView, SignedViewChange};
use syndic_primitives::View;

pub struct Forger;

impl Actor for Forger {
	fn send(&mut self, scene: &mut Scene<'_>, to: &[usize], message: &Message) -> Vec<Envelope> {
		let genesis = crate::blocks::genesis();
		let forged = match message {
			Message::NewView(original) => {
				let mut new_view = original.new_view.clone();
				match scene.dice.below(6) {
					0 => new_view.reproposals.clear(),
					1 => {
						let block_hash = scene.another_block(true);
						new_view.reproposals = vec![(scene.head.0.next(), block_hash)];
					}
					2 => drop(new_view.view_changes.pop()),
					3 => {
						if let Some(first) = new_view.view_changes.first().cloned() {
							new_view.view_changes.insert(0, first);
						}
					}
					4 => new_view.view = View(new_view.view.0.saturating_add(scene.set.size() as u32)),
					_ => new_view.view_changes.iter_mut().for_each(|vc| vc.view_change.prepared.clear()),
				}
				let signature = scene.sign(&new_view.payload(&genesis));
				signature
					.map(|signature| Message::NewView(SignedNewView { new_view, signer: original.signer, signature }))
			}
			Message::ViewChange(original) => {
				let mut view_change = original.view_change.clone();
				view_change.prepared.clear();
				if scene.dice.chance(300) {
					view_change.committed = None;
				}
				let signature = scene.sign(&view_change.payload(&genesis));
				signature.map(|signature| {
					Message::ViewChange(SignedViewChange { view_change, signer: original.signer, signature })
				})
			}
			_ => Some(message.clone()),
		};
		forged.map_or(Vec::new(), |forged| scene.copies(to, &forged))
	}
}
