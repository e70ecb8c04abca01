//! What `--help` shows beyond the words of each flag: a heading for every flag, an example for every command.

use clap::{Arg, Command};

/// What a flag is about.
fn heading(command: &str, flag: &Arg) -> Option<&'static str> {
    let folder = flag.get_value_names().is_some_and(|names| names == ["DIR"]);
    Some(match flag.get_id().as_str() {
        "images" if folder => "Data",
        "crop" if command == "shift" => "Measuring",
        "padding" | "size" if command == "gradcheck" => "Measuring",
        "seed" if ["check", "measure", "gradcheck"].contains(&command) => "Measuring",
        "size" if ["check", "lint", "evaluate"].contains(&command) => "Network",
        "data" | "data_dir" | "train_images" | "test_images" | "validation_images"
        | "location_images" | "readout_images" | "image_sets" | "windows" | "data_seed"
        | "measure_on" | "placement" | "surround" | "true_margin" | "protocol" | "size" => "Data",
        "arch" | "base" | "until" | "padding" | "checkpoint" | "checkpoints" | "classes"
        | "mean" | "std" | "scale" | "input" | "image_alone" | "resize" => "Network",
        "epochs" | "batch_size" | "lr" | "optimizer" | "weight_decay" | "label_smoothing"
        | "warmup" | "crop" | "flip" | "seed" | "seeds" | "readout_epochs" | "location_epochs"
        | "readout_depth" | "readout_padding" => "Training",
        "images" | "step_images" | "layers" | "measure" | "measure_every" | "margin" | "count"
        | "tau" | "surroundings" | "range" | "max_rings" | "max_halo" | "max_changed"
        | "stride" | "strengths" | "flips" | "per_layer" | "norms" | "op" | "dilation"
        | "kernel" | "broken" => "Measuring",
        "out" | "keep" | "save_images" | "json" | "quiet" | "markdown" | "format" | "map"
        | "export" => "Output",
        "config" | "resume" | "shard" | "jobs" | "threads" | "any_isa" => "Running",
        _ => return None,
    })
}

/// A command with what it does, as it is typed.
const EXAMPLES: [(&str, &str); 23] = [
    (
        "padgrad",
        "padgrad --padding zeros,reflect,valid --epochs 2",
    ),
    (
        "study",
        "padgrad study --padding zeros,circular,valid --seeds 3 --out runs/borders",
    ),
    ("merge", "padgrad merge part-1 part-2 --out runs/whole"),
    ("verify", "padgrad verify runs/study-001"),
    (
        "train",
        "padgrad train --arch vgg11_bn --data cifar10 --padding reflect --epochs 10",
    ),
    (
        "measure",
        "padgrad measure --checkpoint runs/train-001/checkpoints/zeros-seed0-final.safetensors",
    ),
    (
        "check",
        "padgrad check resnet18.pth --arch resnet18 --images photos --out check.html",
    ),
    ("lint", "padgrad lint vgg16.pth --arch vgg16"),
    (
        "evaluate",
        "padgrad evaluate resnet18.pth --arch resnet18 --images validation",
    ),
    (
        "metrics",
        "padgrad metrics padded.npy optimal.npy --stride 4",
    ),
    (
        "swap",
        "padgrad swap --checkpoints runs/study-001 --padding zeros,reflect",
    ),
    (
        "learned",
        "padgrad learned resnet18.pth --arch resnet18 --images photos",
    ),
    ("surgery", "padgrad surgery --checkpoints runs/study-001"),
    (
        "report",
        "padgrad report runs/study-001 runs/swap-001 --out page.html",
    ),
    ("figures", "padgrad figures runs/study-001 --format pdf,svg"),
    ("lesson", "padgrad lesson --out lesson.html"),
    (
        "location",
        "padgrad probe location --padding zeros,valid --seeds 3",
    ),
    (
        "posenet",
        "padgrad probe posenet --checkpoints runs/study-001 --readout-epochs 5",
    ),
    (
        "shift",
        "padgrad probe shift --checkpoints runs/study-001 --images 200",
    ),
    (
        "reliability",
        "padgrad reliability --seeds 2 --strengths 0.1,1",
    ),
    (
        "gradcheck",
        "padgrad gradcheck --op conv2d --padding reflect --stride 2",
    ),
    ("schemes", "padgrad schemes --markdown"),
    ("data", "padgrad data"),
];

/// The command and those inside it, with headings and examples.
pub fn dressed(command: Command) -> Command {
    let name = command.get_name().to_string();
    let command = command.mut_args(|flag| match heading(&name, &flag) {
        Some(heading) if !flag.is_positional() => flag.help_heading(heading),
        _ => flag,
    });
    let command = command.mut_subcommands(dressed);
    match EXAMPLES.iter().find(|(of, _)| *of == name) {
        Some((_, example)) => command.after_help(format!("Example:\n  {example}")),
        None => command,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{command, parse};

    /// Every command with its own name as last, the tool itself too.
    fn all() -> Vec<clap::Command> {
        let mut found = vec![command()];
        let mut next = 0;
        while let Some(command) = found.get(next) {
            let inner: Vec<clap::Command> = command.get_subcommands().cloned().collect();
            found.extend(inner);
            next += 1;
        }
        found.retain(|command| !["help", "probe"].contains(&command.get_name()));
        found
    }

    #[test]
    fn every_flag_has_a_heading() {
        for command in all() {
            let flags = command.get_arguments().filter(|flag| !flag.is_positional());
            for flag in flags.filter(|flag| !["help", "version"].contains(&flag.get_id().as_str()))
            {
                let name = command.get_name();
                assert!(
                    flag.get_help_heading().is_some(),
                    "{name} --{}",
                    flag.get_id()
                );
            }
        }
    }

    #[test]
    fn every_command_has_an_example_that_is_understood_as_that_command() {
        let root = command();
        for command in all() {
            let help = command.clone().render_help().to_string();
            let (_, example) = help.split_once("Example:\n").unwrap_or(("", ""));
            let words = example.split_whitespace().map(Into::into).collect();
            let matches = root
                .clone()
                .try_get_matches_from(Vec::<std::ffi::OsString>::clone(&words));
            let mut matches = &matches.expect(example);
            let mut last = "padgrad";
            while let Some((name, inner)) = matches.subcommand() {
                (last, matches) = (name, inner);
            }
            assert_eq!(last, command.get_name(), "{example}");
            assert!(parse(&root, words).is_ok(), "{example}");
        }
    }
}
