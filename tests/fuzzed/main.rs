//! The targets of `tests/fuzz` on inputs that are mutated from their seeds: a fixed number for each, the same in every
//! run. `PADGRAD_FUZZ_INPUTS` is that number. What `.ci/fuzz` found is a named test where its kind is tested, as in
//! `tests/cli/hostile.rs`.

#[cfg(feature = "cli")]
#[path = "../fuzz/targets.rs"]
mod targets;
#[cfg(feature = "cli")]
#[path = "../fuzz/windows.rs"]
mod windows;

#[cfg(feature = "cli")]
mod mutate;

#[cfg(feature = "cli")]
mod every_target {
    use std::panic::catch_unwind;
    use std::path::Path;

    use super::mutate::Mutator;
    use super::targets::{TARGETS, target};

    /// Inputs of a target where nothing else is asked for.
    const INPUTS: usize = 1000;

    /// The seeds of a target: files in the folder of its name, and for networks those of other tests.
    fn seeds(name: &str) -> Vec<Vec<u8>> {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let own = std::fs::read_dir(tests.join("fuzz/seeds").join(name));
        let own = own
            .into_iter()
            .flatten()
            .map(|entry| entry.expect("an entry").path());
        let stored: &[&str] = match name {
            "onnx" => &["network.onnx", "external.onnx", "sequence.onnx"],
            "pytorch_legacy" => &["pytorch_legacy.pth"],
            "pytorch_zip" => &["pytorch_zip.pth", "pytorch_hostile.pth"],
            _ => &[],
        };
        let stored = stored.iter().map(|file| tests.join("fixtures").join(file));
        let mut paths: Vec<_> = own.chain(stored).collect();
        paths.sort();
        let read = |path| std::fs::read(path).expect("a seed");
        paths.into_iter().map(read).collect()
    }

    fn holds(name: &str) {
        let asked = std::env::var("PADGRAD_FUZZ_INPUTS").ok();
        let inputs = asked.map_or(INPUTS, |n| n.parse().expect("a number of inputs"));
        let (run, seeds) = (target(name), seeds(name));
        assert!(!seeds.is_empty(), "{name} has no seeds");
        let mutator = Mutator::new(&seeds);
        for number in 0..inputs {
            let data = match seeds.get(number) {
                Some(seed) => seed.clone(),
                None => mutator.input(number as u64),
            };
            let outcome = catch_unwind(|| run(&data));
            assert!(
                outcome.is_ok(),
                "{name}, input {number}: b\"{}\"",
                data.escape_ascii()
            );
        }
    }

    macro_rules! tests {
        ($($name:ident)+) => {
            $(#[test] fn $name() { holds(stringify!($name)); })+

            #[test]
            fn none_is_left_out() {
                let named = [$(stringify!($name)),+];
                assert!(TARGETS.iter().map(|(name, _)| *name).eq(named));
            }
        };
    }

    tests! {
        cell checkpoint checksums cifar config conv exif idx npy onnx picture pool pytorch_legacy pytorch_zip results
        run_folder safetensors scheme strings
    }
}
