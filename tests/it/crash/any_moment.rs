//! `kill -9` at 200 moments that nobody chose.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::scene::Scene;
use super::view::View;

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A moment within `span` microseconds; every second one in its first third, where the change is still prepared: the
/// rest is mostly nginx's reload.
fn moment(dice: &mut Dice, span: u64, number: u32) -> Duration {
    Duration::from_micros(dice.below(if number.is_multiple_of(2) {
        span
    } else {
        span / 3
    }))
}

/// A state of the scene: whether `one` is at the green app, whether there is `three`, whether the file has moved.
type Bits = u8;

fn command(scene: &Scene, state: Bits, bit: u8) -> Vec<String> {
    let on = state & (1 << bit) == 0;
    let app = |green: bool| {
        let port = if green {
            scene.green.port()
        } else {
            scene.blue.port()
        };
        format!("--backends={port}")
    };
    let folder = scene.world.nginx.prefix().join("sites-enabled");
    match (bit, on) {
        (0, to_green) => vec!["update".into(), "one".into(), app(to_green)],
        (1, true) => vec![
            "add".into(),
            "three".into(),
            "--host=three.test".into(),
            app(true),
        ],
        (1, false) => vec!["remove".into(), "three".into()],
        (_, true) => vec![
            "set".into(),
            "conf".into(),
            folder.to_str().unwrap().to_owned(),
        ],
        (_, false) => vec!["unset".into(), "conf".into()],
    }
}

/// Registry, files and answers; history and override folders grow and are judged otherwise.
fn essence(view: View) -> View {
    View {
        history: Vec::new(),
        overrides: view.overrides,
        ..view
    }
}

/// The view of each state, and how long the way there took.
fn learn(scene: &Scene) -> (HashMap<Bits, View>, HashMap<u8, Duration>) {
    let (mut views, mut times) = (HashMap::new(), HashMap::new());
    let mut state: Bits = 0;
    // Neighbours in this order differ by one bit.
    for next in [1, 3, 2, 6, 7, 5, 4, 0] {
        let bit = u8::try_from(u32::from(state ^ next).trailing_zeros()).unwrap();
        let start = Instant::now();
        let _ = scene.world.mech(command(scene, state, bit)).ok();
        let took = times.entry(bit).or_insert(Duration::ZERO);
        *took = (*took).max(start.elapsed());
        state = next;
        views.insert(state, essence(scene.view()));
    }
    (views, times)
}

fn kills(seed: u64, count: u32) {
    let scene = Scene::new();
    let begin = Instant::now();
    let (views, times) = learn(&scene);
    let mut dice = Dice(seed);
    let mut state: Bits = 0;
    let (mut pending, mut made) = (0, 0);
    for number in 0..count {
        let bit = u8::try_from(dice.below(3)).unwrap();
        let args = command(&scene, state, bit);
        let span = u64::try_from(times[&bit].as_micros()).unwrap();
        let delay = moment(&mut dice, span, number);
        let when = format!("kill {number} of seed {seed}: {args:?} after {delay:?}");
        let history = scene.history().len();
        let run = scene.world.run(&args).spawn();
        Scene::after(delay);
        let _ = run.kill_9();
        let interrupted = scene.holds_for(&when, &[&["list"]]);
        pending += u32::from(interrupted);
        scene.heals(&when, interrupted);
        let now = scene.view();
        let entries = now.history.len() - history;
        let now = essence(now);
        if now == views[&(state ^ (1 << bit))] {
            state ^= 1 << bit;
            made += 1;
            assert_eq!(entries, 1, "{when}: entries in history");
        } else {
            assert_eq!(now, views[&state], "{when}: neither before nor after");
            assert_eq!(entries, 0, "{when}: entries in history");
        }
    }
    println!(
        "{count} kills in {:?}: {made} changes are made; {pending} kills left one pending",
        begin.elapsed()
    );
    assert!(
        made > 0 && made < count,
        "the moments are spread: {made} of {count} were too late"
    );
}

/// The same for a verb that begins with moving folders, from the same start each time.
fn kills_from(scene: &Scene, args: &[&str], seed: u64, count: u32) {
    let args: Vec<String> = args.iter().map(|&word| word.to_owned()).collect();
    let begin = Instant::now();
    scene.remember();
    let before = scene.view();
    let whole = Instant::now();
    let _ = scene.world.mech(&args).ok();
    let span = u64::try_from(whole.elapsed().as_micros()).unwrap();
    let after = scene.view();
    scene.back_to_start();
    let (mut dice, mut made) = (Dice(seed), 0);
    for number in 0..count {
        let delay = moment(&mut dice, span, number);
        let when = format!("kill {number} of seed {seed}: {args:?} after {delay:?}");
        let run = scene.world.run(&args).spawn();
        Scene::after(delay);
        let _ = run.kill_9();
        let pending = scene.holds_for(&when, &[&["list"]]);
        scene.heals(&when, pending);
        let now = scene.view();
        if now == after {
            made += 1;
            scene.back_to_start();
        } else {
            assert_eq!(now, before, "{when}: neither before nor after");
        }
    }
    println!(
        "{count} kills of {args:?} in {:?}: {made} changes are made",
        begin.elapsed()
    );
    assert!(made > 0 && made < count, "{made} of {count} were too late");
}

#[test]
fn eighty_kills_at_random_end_before_or_after() {
    kills(0x9e37_79b9_7f4a_7c15, 80);
}

#[test]
fn eighty_more_kills_at_random_end_before_or_after() {
    kills(0xd1b5_4a32_d192_ed03, 80);
}

#[test]
fn twenty_kills_of_a_rollback_at_random_end_before_or_after() {
    kills_from(
        &Scene::without_two(),
        &["rollback"],
        0x2545_f491_4f6c_dd1d,
        20,
    );
}

#[test]
fn twenty_kills_of_an_import_at_random_end_before_or_after() {
    let scene = Scene::with_mechanic();
    let file = scene.mechanic_registry();
    let args = ["import", "mechanic", file.to_str().unwrap()];
    kills_from(&scene, &args, 0x1234_5678_9abc_def1, 20);
}
