//! A process that ends in the middle of its work.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Runs a future for so many polls and then drops it, as a process drops everything when it is
/// ended: half of them as soon as the last poll waits for something, the other half when that has
/// come and nobody looks at it any more. `None` says that it was ended.
pub fn mortal<F: Future>(future: F, polls: Option<u32>) -> Mortal<F> {
    Mortal { future: Some(Box::pin(future)), polls }
}

pub struct Mortal<F> {
    future: Option<Pin<Box<F>>>,
    polls: Option<u32>,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(future) = &mut this.future else { return Poll::Ready(None) };
        if this.polls == Some(0) {
            this.future = None;
            return Poll::Ready(None);
        }
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if let Some(left) = &mut this.polls {
            // An odd number is ended while it waits.
            let ends_waiting = *left == 1;
            *left = left.saturating_sub(2);
            if ends_waiting {
                this.future = None;
                return Poll::Ready(None);
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn three_steps(done: &Cell<u32>) {
        for _ in 0..3 {
            done.set(done.get() + 1);
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn it_ends_where_it_is_told_to_and_lives_on_otherwise() {
        for (polls, steps, is_alive) in [(Some(0), 0, false), (Some(1), 1, false), (Some(2), 1, false), (None, 3, true)]
        {
            let done = Cell::new(0);
            assert_eq!(mortal(three_steps(&done), polls).await.is_some(), is_alive);
            assert_eq!(done.get(), steps, "{polls:?}");
        }
    }
}
