//! Writers that fail at chosen points, with and without a buffer: no line is lost without being counted.

use super::*;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, BufWriter, ErrorKind, LineWriter};
use std::rc::Rc;

/// A device's reaction to a write or a flush. After the last one it takes everything.
#[derive(Clone, Copy, Debug)]
enum Step {
    Take(usize),
    Interrupted,
    Zero,
    Full,
    Panic,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..40_usize).prop_map(Step::Take),
        2 => Just(Step::Take(usize::MAX)),
        1 => Just(Step::Interrupted),
        1 => Just(Step::Zero),
        2 => Just(Step::Full),
    ];
    prop::collection::vec(step, 0..20)
}

/// The device behind every buffer.
#[derive(Clone, Default)]
struct Device {
    text: Rc<RefCell<Vec<u8>>>,
    steps: Rc<RefCell<VecDeque<Step>>>,
}

impl Device {
    fn doing(steps: Vec<Step>) -> Self {
        Device { steps: Rc::new(RefCell::new(steps.into())), ..Device::default() }
    }

    /// The lines that arrived, the last one even if its end is missing.
    fn lines(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.text.borrow()).lines().map(str::to_owned).collect()
    }
}

impl Write for Device {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let step = self.steps.borrow_mut().pop_front().unwrap_or(Step::Take(usize::MAX));
        let count = match step {
            Step::Take(count) => count.min(bytes.len()),
            Step::Interrupted => return Err(ErrorKind::Interrupted.into()),
            Step::Zero => 0,
            Step::Full => return Err(ErrorKind::StorageFull.into()),
            Step::Panic => std::panic::resume_unwind(Box::new("a device's own")),
        };
        self.text.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes all, and says at the flush that it could not be written; it forgets what it had, or keeps it for the
/// next time.
struct Late {
    device: Device,
    kept: Vec<u8>,
    forgets: bool,
}

impl Late {
    fn new(device: &Device, forgets: bool) -> Self {
        Late { device: device.clone(), kept: Vec::new(), forgets }
    }
}

impl Write for Late {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.kept.is_empty() {
            match self.device.write(&self.kept) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.kept.drain(..count)),
                Err(error) => {
                    if self.forgets && error.kind() != ErrorKind::Interrupted {
                        self.kept.clear();
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Writes batches of lines that are all different. Returns, by batch, its lines and how many were counted.
fn written<W: Write + 'static>(writer: W, batches: &[usize]) -> Vec<(Vec<String>, u64)> {
    let mut output = Output::new(writer);
    let mut number = 0;
    let batches = batches.iter().map(|size| {
        let lines: Vec<String> = (number..number + size).map(|n| format!("line {n:04}")).collect();
        number += size;
        let failed = output.write((lines.join("\n") + "\n").as_bytes());
        (lines, failed)
    });
    let batches = batches.collect();
    output.close();
    batches
}

/// Each line arrived or was counted; and nothing arrived twice, or run into another line.
fn assert_nothing_is_hidden(device: &Device, batches: &[(Vec<String>, u64)]) {
    let found = device.lines();
    for (lines, failed) in batches {
        let arrived = lines.iter().filter(|line| found.contains(line)).count() as u64;
        let all = lines.len() as u64;
        assert!(arrived + failed >= all && *failed <= all, "{arrived} of {all} arrived, {failed} counted");
    }
    let mut whole: Vec<_> = found.iter().filter(|line| line.len() == "line 0000".len()).collect();
    let count = whole.len();
    whole.dedup();
    assert_eq!(whole.len(), count);
    assert!(found.iter().all(|line| line.len() <= "line 0000".len()), "two lines in one: {found:?}");
}

proptest! {
    #[test]
    fn a_writer_without_a_buffer_is_counted_to_the_line(
        steps in steps(),
        batches in prop::collection::vec(1..12_usize, 1..6),
    ) {
        let device = Device::doing(steps);
        let batches = written(device.clone(), &batches);
        assert_nothing_is_hidden(&device, &batches);
        let found = device.lines();
        for (lines, failed) in batches {
            let arrived = lines.iter().filter(|line| found.contains(line)).count();
            prop_assert_eq!(arrived as u64 + failed, lines.len() as u64);
        }
    }

    #[test]
    fn no_buffer_hides_a_loss(
        steps in steps(),
        batches in prop::collection::vec(1..12_usize, 1..6),
        capacity in 1..200_usize,
    ) {
        let check = |wrap: &dyn Fn(&Device) -> Box<dyn Write>| {
            let device = Device::doing(steps.clone());
            let batches = written(wrap(&device), &batches);
            assert_nothing_is_hidden(&device, &batches);
        };
        check(&|device| Box::new(BufWriter::with_capacity(capacity, device.clone())));
        check(&|device| Box::new(LineWriter::with_capacity(capacity, device.clone())));
        let lines = |device: &Device| LineWriter::with_capacity(capacity, device.clone());
        check(&|device| Box::new(BufWriter::with_capacity(capacity / 2, lines(device))));
        check(&|device| Box::new(Late::new(device, false)));
        check(&|device| Box::new(Late::new(device, true)));
    }
}

/// The bytes written before it are counted too, since no flush confirmed them.
#[test]
fn a_batch_in_which_the_writer_panics_is_counted() {
    let device = Device::doing(vec![Step::Take(25), Step::Panic]);
    let batches = written(device.clone(), &[4, 2]);
    assert_eq!([batches[0].1, batches[1].1], [4, 2]);
    assert_eq!(device.lines(), ["line 0000", "line 0001", "line "]);
}

/// The kernel may take a part of a line, the end of which never comes.
#[test]
fn a_line_that_is_cut_is_counted_once() {
    let device = Device::doing(vec![Step::Take(25), Step::Full]);
    let batches = written(device.clone(), &[4, 1]);
    assert_eq!([batches[0].1, batches[1].1], [2, 0]);
    assert_eq!(device.lines(), ["line 0000", "line 0001", "line ", "line 0004"]);
}

#[test]
fn an_end_of_line_that_fails_is_tried_again() {
    let device = Device::doing(vec![Step::Take(5), Step::Full, Step::Full, Step::Zero]);
    let batches = written(device.clone(), &[1, 1, 1, 1]);
    assert_eq!(batches.iter().map(|batch| batch.1).collect::<Vec<_>>(), [1, 1, 1, 0]);
    assert_eq!(device.lines(), ["line ", "line 0003"]);
}

#[test]
fn text_without_an_end_is_a_line() {
    assert_eq!([count(b""), count(b"a"), count(b"a\n"), count(b"a\nb")], [0, 1, 1, 2]);
}

#[test]
fn a_line_that_lacks_its_end_alone_is_not_lost() {
    let device = Device::doing(vec![Step::Take("line 0000".len()), Step::Full]);
    let batches = written(device.clone(), &[1, 1]);
    assert_eq!([batches[0].1, batches[1].1], [0, 0]);
    assert_eq!(device.lines(), ["line 0000", "line 0001"]);
}
