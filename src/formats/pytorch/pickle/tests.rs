//! Pickles that ask for more memory than a file of their length is worth.

use super::*;

/// Text of less than 256 bytes.
fn text(text: &str) -> Vec<u8> {
    [b"\x8c", &[text.len() as u8], text.as_bytes()].concat()
}

/// A list of `count` times what memo 1 holds, as the only argument of a call, in memo 2.
fn argument(count: usize) -> Vec<u8> {
    [b"(", b"h\x01".repeat(count).as_slice(), b"l\x85q\x020"].concat()
}

/// Memo 2 holds the arguments of a tensor of this many axes.
fn tensor(axes: usize) -> Vec<u8> {
    let storage = [
        b"(".to_vec(),
        text("storage"),
        b"ctorch\nFloatStorage\n".to_vec(),
        text("0"),
        text("cpu"),
        b"K\x04tQq\x010".to_vec(),
    ];
    let shape = [b"(", b"K\x01".repeat(axes).as_slice(), b"tq\x020"].concat();
    [
        storage.concat(),
        shape,
        b"(h\x01K\x00h\x02h\x02tq\x020".to_vec(),
    ]
    .concat()
}

/// What the machine makes of a pickle, and the values that it holds then.
fn run(pickle: &[u8]) -> (Option<String>, usize) {
    let mut machine = Machine::of_file(pickle.len());
    let problem = match machine.run(pickle) {
        Ok(_) => None,
        Err(Trouble::Damaged(problem) | Trouble::Refused(problem)) => Some(problem),
    };
    let items: usize = machine.lists.iter().map(|list| 1 + list.len()).sum();
    let pairs: usize = machine.dicts.iter().map(|dict| 1 + 2 * dict.len()).sum();
    let axes: usize = machine.tensors.iter().map(|t| 1 + t.shape.len()).sum();
    let plain = machine.storages.len() + machine.stack.len() + machine.memo.len();
    (problem, items + pairs + axes + plain)
}

#[test]
fn no_pickle_builds_more_than_its_file_is_worth() {
    let dictionary = b"ccollections\nOrderedDict\nq\x000".to_vec();
    let pair = b"K\x01K\x01\x86q\x010".to_vec();
    let rebuild = b"ctorch._utils\n_rebuild_tensor_v2\nq\x000".to_vec();
    let call = |times| b"h\x00h\x02R0".repeat(times);
    let memos = |at: u32| [&b"r"[..], &at.to_le_bytes()].concat();
    let bombs: [(&str, Vec<u8>); 6] = [
        ("empty tuples", b")".repeat(1 << 20)),
        ("empty tuples that are dropped", b")0".repeat(1 << 20)),
        ("values", b"N".repeat(1 << 20)),
        (
            "one list for many dictionaries",
            [dictionary, pair, argument(50_000), call(1000)].concat(),
        ),
        (
            "one shape for many tensors",
            [rebuild, tensor(64), call(20_000)].concat(),
        ),
        (
            "memos far from each other",
            (0..4000)
                .flat_map(|i| [&b"N"[..], &memos(256 * i)].concat())
                .collect(),
        ),
    ];
    for (name, bomb) in bombs {
        let (problem, values) = run(&[&bomb, &b"."[..]].concat());
        let problem = problem.expect(name);
        assert!(problem.contains("much more memory"), "{name}: {problem}");
        let worth = FREE + bomb.len() / 4;
        assert!(values <= worth + 1, "{name}: {values} of {worth}");
    }
}

#[test]
fn a_tensor_has_no_more_axes_than_pytorch_gives_it() {
    let rebuild = b"ctorch._utils\n_rebuild_tensor_v2\nq\x000";
    let with = |axes| run(&[rebuild, tensor(axes).as_slice(), b"h\x00h\x02R."].concat()).0;
    assert_eq!(with(64), None);
    assert_eq!(with(65).as_deref(), Some("a tensor of 65 axes"));
}

/// A stack that was large once is not kept for every list that is taken from its beginning.
#[test]
fn a_list_has_no_room_for_more_than_its_items() {
    let (large, small) = (b"N".repeat(5000), b"0".repeat(5000));
    let pickle = [large, small, b"(Nl.".to_vec()].concat();
    let mut machine = Machine::of_file(pickle.len());
    machine.run(&pickle).expect("a list");
    assert_eq!(machine.lists[0].capacity(), 1);
}
