//! Ground floor: one pure function over many things, on the machine's cores.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// Below this a thread costs more than it saves.
const WORTH_IT: usize = 128;
/// More cores than these are better left to the sites' own apps.
const MOST: usize = 4;

/// The results in the order of the things. The first error in that order ends it.
pub fn each<T: Sync, R: Send, E: Send>(
    things: &[T],
    make: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let cores = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST);
    if things.len() < WORTH_IT || cores == 1 {
        return things.iter().map(make).collect();
    }
    let share = things.len().div_ceil(cores);
    let make = &make;
    let parts = thread::scope(|scope| {
        let workers: Vec<_> = things
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(make).collect::<Result<Vec<R>, E>>()))
            .collect();
        let join = |worker: thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|panic| resume_unwind(panic))
        };
        workers
            .into_iter()
            .map(join)
            .collect::<Result<Vec<Vec<R>>, E>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn keeps_the_order_and_gives_the_first_error() {
        let things: Vec<u32> = (0..1000).collect();
        let doubled = each(&things, |n| Ok::<_, ()>(n * 2)).unwrap();
        assert!(
            doubled
                .iter()
                .zip(&things)
                .all(|(double, n)| *double == n * 2)
        );
        let failed = each(&things, |n| if *n > 300 { Err(*n) } else { Ok(()) });
        assert_eq!(failed, Err(301));
    }
}
