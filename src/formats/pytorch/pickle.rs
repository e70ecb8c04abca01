//! A pickle machine that can build containers, text, numbers and views of tensors, and nothing else.
//!
//! Nothing of a file is ever executed: a name of Python's that is none of [`Global`] ends the reading. Objects live in
//! an arena, so that containers which hold each other cannot exhaust memory or the stack, and all that is built is
//! charged to a budget that the file's length sets. Source: CPython's `Lib/pickletools.py`, which describes every instruction.

use super::super::elements::Dtype;
use super::global::{Global, global};
use super::input::{Input, text};
use super::trouble::{Trouble, damaged};
use super::value::{Storage, Value, View, bytes_or_text, long, pairs, size, sizes};

/// The values that a file of any length may build. A tensor of a state dictionary is about 60 of them.
const FREE: usize = 1 << 18;
/// The bytes of the file for each further value, which takes about 24 bytes.
const BYTES_PER_VALUE: usize = 4;
/// The values that an empty container, a storage or a tensor takes the room of.
const CONTAINER: usize = 2;
/// The most arguments of a function that is called.
const ARGUMENTS: usize = 8;

/// The machine, and what it has built.
pub(super) struct Machine<'a> {
    pub lists: Vec<Vec<Value<'a>>>,
    pub dicts: Vec<Vec<(Value<'a>, Value<'a>)>>,
    pub storages: Vec<Storage<'a>>,
    pub tensors: Vec<View>,
    stack: Vec<Value<'a>>,
    marks: Vec<usize>,
    memo: Vec<Value<'a>>,
    /// The values that may still be built.
    left: usize,
}

type Outcome<T> = Result<T, Trouble>;

impl<'a> Machine<'a> {
    /// A machine for the pickles of a file of `length` bytes.
    pub fn of_file(length: usize) -> Machine<'a> {
        Machine {
            lists: Vec::new(),
            dicts: Vec::new(),
            storages: Vec::new(),
            tensors: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
            left: FREE + length / BYTES_PER_VALUE,
        }
    }

    /// Counts values that are built.
    ///
    /// # Errors
    /// Where they are more than a file of this length is worth.
    fn charge(&mut self, values: usize) -> Outcome<()> {
        let left = self.left.checked_sub(values);
        self.left = left.ok_or_else(|| {
            damaged("its pickle asks for much more memory than the file takes itself")
        })?;
        Ok(())
    }

    /// Runs the pickle at the beginning of `bytes`; gives its value and what stands behind it.
    pub fn run(&mut self, bytes: &'a [u8]) -> Outcome<(Value<'a>, &'a [u8])> {
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        let mut input = Input(bytes);
        loop {
            let instruction = input.byte()?;
            // Whatever it puts on the stack; containers take their items from there.
            self.charge(1)?;
            if instruction == b'.' {
                return Ok((self.pop()?, input.0));
            }
            if !self.number(instruction, &mut input)? && !self.container(instruction, &mut input)? {
                self.other(instruction, &mut input)?;
            }
        }
    }

    /// Numbers and text; false for another instruction.
    fn number(&mut self, instruction: u8, input: &mut Input<'a>) -> Outcome<bool> {
        let value = match instruction {
            b'K' => Value::Int(input.byte()?.into()),
            b'M' => Value::Int(u16::from_le_bytes(input.array()?).into()),
            b'J' => Value::Int(i32::from_le_bytes(input.array()?).into()),
            0x8a => long(input.counted::<1>()?),
            0x8b => long(input.counted::<4>()?),
            b'X' => Value::Text(text(input.counted::<4>()?)?),
            0x8c => Value::Text(text(input.counted::<1>()?)?),
            0x8d => Value::Text(text(input.counted::<8>()?)?),
            // Python 2 pickled its text as bytes.
            b'U' => bytes_or_text(input.counted::<1>()?),
            b'T' => bytes_or_text(input.counted::<4>()?),
            b'C' => self.skip(input.counted::<1>()?),
            b'B' => self.skip(input.counted::<4>()?),
            0x8e | 0x96 => self.skip(input.counted::<8>()?),
            b'G' => self.skip(&input.array::<8>()?),
            b'N' | 0x88 | 0x89 => Value::Other,
            _ => return Ok(false),
        };
        self.stack.push(value);
        Ok(true)
    }

    fn skip(&self, _content: &[u8]) -> Value<'a> {
        Value::Other
    }

    /// Tuples, lists, dictionaries and the stack itself; false for another instruction.
    fn container(&mut self, instruction: u8, input: &mut Input<'a>) -> Outcome<bool> {
        match instruction {
            b'(' => self.marks.push(self.stack.len()),
            b')' | b']' => self.push_list(Vec::new())?,
            b'}' => self.push_dict(Vec::new())?,
            0x8f => self.stack.push(Value::Other),
            b't' | b'l' => {
                let items = self.pop_mark()?;
                self.push_list(items)?;
            }
            b'd' => {
                let items = self.pop_mark()?;
                self.push_dict(pairs(items))?;
            }
            0x85..=0x87 => {
                let from = self.stack.len().checked_sub((instruction - 0x84).into());
                let items = self.stack.drain(from.ok_or_else(underflow)?..).collect();
                self.push_list(items)?;
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?;
                self.extend(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.insert(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.insert(items)?;
            }
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_mark()?),
            b'2' => self.stack.push(self.top()?),
            b'q' => self.remember(input.byte()?.into())?,
            b'r' => self.remember(u32::from_le_bytes(input.array()?) as usize)?,
            0x94 => self.remember(self.memo.len())?,
            b'h' => self.recall(input.byte()?.into())?,
            b'j' => self.recall(u32::from_le_bytes(input.array()?) as usize)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Names, calls, storages, and what only frames the rest.
    fn other(&mut self, instruction: u8, input: &mut Input<'a>) -> Outcome<()> {
        match instruction {
            0x80 => match input.byte()? {
                0..=5 => {}
                version => return Err(damaged(format!("pickle protocol {version}"))),
            },
            0x95 => drop(input.array::<8>()?),
            b'c' => {
                let (module, name) = (text(input.line()?)?, text(input.line()?)?);
                self.stack.push(Value::Global(global(module, name)?));
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => {
                    self.stack.push(Value::Global(global(module, name)?));
                }
                _ => return Err(damaged("a name that is no text")),
            },
            b'R' => {
                let (arguments, called) = (self.pop()?, self.pop()?);
                let value = self.call(called, arguments)?;
                self.stack.push(value);
            }
            // The attributes of an ordered dictionary, such as its `_metadata`.
            b'b' => drop(self.pop()?),
            b'Q' => {
                let id = self.pop()?;
                let storage = self.storage(id)?;
                self.stack.push(storage);
            }
            other => {
                let name = char::from(other).escape_default();
                return Err(damaged(format!(
                    "the pickle instruction `{name}`, which no weights have"
                )));
            }
        }
        Ok(())
    }

    fn call(&mut self, called: Value<'a>, arguments: Value<'a>) -> Outcome<Value<'a>> {
        let Value::Global(global) = called else {
            return Err(damaged("a call of what is no function"));
        };
        let arguments = self.items(arguments)?;
        let arguments: Vec<_> = arguments.iter().take(ARGUMENTS).copied().collect();
        match (global, arguments.as_slice()) {
            (Global::OrderedDict, []) => self.new_dict(Vec::new()),
            (Global::OrderedDict, [Value::List(items)]) => {
                // A copy of two values for each, as the list stays what it is.
                self.charge(2 * self.lists[*items].len())?;
                let of_pair = |pair: &Value<'a>| match self.items(*pair) {
                    Ok([key, value]) => Some((*key, *value)),
                    _ => None,
                };
                let items: Option<Vec<_>> = self.lists[*items].iter().map(of_pair).collect();
                let items = items.ok_or_else(|| damaged("a dictionary of no pairs"))?;
                self.new_dict(items)
            }
            (Global::Tuple, [items]) => Ok(*items),
            (Global::Set | Global::Device, _) => Ok(Value::Other),
            (Global::Parameter, [tensor @ Value::Tensor(_), ..]) => Ok(*tensor),
            (Global::Tensor, [storage, offset, shape, strides, ..]) => {
                self.tensor(*storage, *offset, [*shape, *strides], None)
            }
            (Global::TypedTensor, [storage, offset, shape, strides, _, _, dtype, ..]) => {
                let Value::Global(Global::Dtype(dtype)) = dtype else {
                    return Err(damaged("a tensor of no known type"));
                };
                self.tensor(*storage, *offset, [*shape, *strides], Some(*dtype))
            }
            _ => Err(damaged(format!(
                "{global:?} called with other arguments than weights have"
            ))),
        }
    }

    fn tensor(
        &mut self,
        storage: Value<'a>,
        offset: Value<'a>,
        [shape, strides]: [Value<'a>; 2],
        dtype: Option<Dtype>,
    ) -> Outcome<Value<'a>> {
        let (Value::Storage(storage), Value::Int(offset)) = (storage, offset) else {
            return Err(damaged("a tensor without a storage"));
        };
        let view = View {
            dtype: (dtype.or(self.storages[storage].dtype))
                .ok_or_else(|| damaged("a tensor of no known type"))?,
            storage,
            offset: size(Value::Int(offset))?,
            shape: sizes(self.items(shape)?)?,
            strides: sizes(self.items(strides)?)?,
        };
        if view.shape.len() != view.strides.len() {
            return Err(damaged("a tensor whose strides do not match its axes"));
        }
        self.charge(2 * CONTAINER + view.shape.len())?;
        self.tensors.push(view);
        Ok(Value::Tensor(self.tensors.len() - 1))
    }

    /// The storage of a persistent name: ("storage", type, key, device, elements), and in old files a view.
    fn storage(&mut self, id: Value<'a>) -> Outcome<Value<'a>> {
        let (dtype, key, elements) = match self.items(id)? {
            [
                Value::Text("storage"),
                Value::Global(Global::Storage(dtype)),
                Value::Text(key),
                _,
                Value::Int(elements),
                rest @ ..,
            ] => match rest {
                [] | [Value::Other] => (*dtype, *key, *elements),
                _ => {
                    return Err(Trouble::Refused(
                        "a view of a storage, as PyTorch 0.3 wrote".into(),
                    ));
                }
            },
            _ => return Err(damaged("a storage without type, key and size")),
        };
        let elements = size(Value::Int(elements))?;
        let storage = Storage {
            key,
            dtype,
            elements,
        };
        self.charge(CONTAINER)?;
        self.storages.push(storage);
        Ok(Value::Storage(self.storages.len() - 1))
    }

    /// The items of a tuple or list.
    pub fn items(&self, value: Value<'a>) -> Outcome<&[Value<'a>]> {
        match value {
            Value::List(list) => Ok(&self.lists[list]),
            _ => Err(damaged("something else where a tuple is needed")),
        }
    }

    fn new_dict(&mut self, items: Vec<(Value<'a>, Value<'a>)>) -> Outcome<Value<'a>> {
        self.charge(CONTAINER)?;
        self.dicts.push(items);
        Ok(Value::Dict(self.dicts.len() - 1))
    }

    fn push_dict(&mut self, items: Vec<(Value<'a>, Value<'a>)>) -> Outcome<()> {
        let dict = self.new_dict(items)?;
        self.stack.push(dict);
        Ok(())
    }

    fn push_list(&mut self, items: Vec<Value<'a>>) -> Outcome<()> {
        self.charge(CONTAINER)?;
        self.lists.push(items);
        self.stack.push(Value::List(self.lists.len() - 1));
        Ok(())
    }

    fn extend(&mut self, items: Vec<Value<'a>>) -> Outcome<()> {
        match self.top()? {
            Value::List(list) => self.lists[list].extend(items),
            // A set, or an object that was left out.
            Value::Other => {}
            _ => return Err(damaged("items for something that is not a list")),
        }
        Ok(())
    }

    fn insert(&mut self, items: Vec<Value<'a>>) -> Outcome<()> {
        match self.top()? {
            Value::Dict(dict) => self.dicts[dict].extend(pairs(items)),
            _ => return Err(damaged("entries for something that is not a dictionary")),
        }
        Ok(())
    }

    fn top(&self) -> Outcome<Value<'a>> {
        self.stack.last().copied().ok_or_else(underflow)
    }

    fn pop(&mut self) -> Outcome<Value<'a>> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let value = (self.stack.len() > floor).then(|| self.stack.pop());
        value.flatten().ok_or_else(underflow)
    }

    fn pop_mark(&mut self) -> Outcome<Vec<Value<'a>>> {
        let mark = self.marks.pop().ok_or_else(underflow)?;
        match mark <= self.stack.len() {
            true => Ok(self.stack.drain(mark..).collect()),
            false => Err(underflow()),
        }
    }

    fn remember(&mut self, at: usize) -> Outcome<()> {
        // Memos are numbered in order, so an index far beyond them would only ask for memory.
        if at > self.memo.len() + 256 {
            return Err(damaged("a memo out of order"));
        }
        if at >= self.memo.len() {
            self.charge(at - self.memo.len())?;
            self.memo.resize(at + 1, Value::Other);
        }
        self.memo[at] = self.top()?;
        Ok(())
    }

    fn recall(&mut self, at: usize) -> Outcome<()> {
        let value = self.memo.get(at).copied();
        self.stack
            .push(value.ok_or_else(|| damaged("a memo that was never stored"))?);
        Ok(())
    }
}

fn underflow() -> Trouble {
    damaged("a pickle that takes more from its stack than it put there")
}

#[cfg(test)]
mod tests;
