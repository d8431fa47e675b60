import HeapModule
import IPAMEngine
import Timeline

/// What is to happen and when; of what falls on one moment, what was put in first happens first.
///
/// The heap moves small items about and the work stays where it is put: work is large, and most of the time would go into
/// copying it.
struct Agenda<Work: Sendable>: Sendable {
    private var heap = Heap<Item>()
    private var works: [Work?] = []
    private var vacant: [Int] = []
    private var lastNumber: UInt64 = 0

    /// Moment, number and place of a work in one word, which the heap compares and moves at once.
    private struct Item: Comparable, Sendable {
        private let word: Int128

        private static var placeBits: Int { 24 }

        init(moment: Instant, number: UInt64, place: Int) {
            precondition(place < 1 << Self.placeBits && number < 1 << (64 - Self.placeBits), "an agenda with \(place) things at once")
            word = Int128(moment.nanoseconds) << 64 | Int128(number << Self.placeBits | UInt64(place))
        }

        var moment: Instant { Instant(nanoseconds: Int64(truncatingIfNeeded: word >> 64)) }
        var place: Int { Int(truncatingIfNeeded: word) & (1 << Self.placeBits - 1) }

        static func < (a: Item, b: Item) -> Bool { a.word < b.word }
    }

    var next: Instant? { heap.min?.moment }

    mutating func add(_ work: Work, at moment: Instant) {
        lastNumber += 1
        let place = vacant.popLast() ?? works.count
        if place == works.count { works.append(work) } else { works[place] = work }
        heap.insert(Item(moment: moment, number: lastNumber, place: place))
    }

    /// Takes out what comes first.
    mutating func pop() -> (moment: Instant, work: Work)? {
        guard let item = heap.popMin(), let work = works[item.place].take() else { return nil }
        vacant.append(item.place)
        return (item.moment, work)
    }
}

/// One thing that happens, to the node of that number.
///
/// As large as what pods cause, which is most of what happens; the larger rest stands elsewhere.
/// What a daemon began carries the life it was begun in: the work of a daemon that has died comes to nothing.
enum Work: Sendable {
    // The runtime.
    case podArrives(Int)
    case podsBurst(Int)
    indirect case podsOfTrace(Scenario.Arrival)
    indirect case tracedPod(TracedPod)
    case add(Int, PodAttachment)
    case delete(Int, PodAttachment)
    case collectGarbage(Int)
    case budgetEnds(Int, PodAttachment, Instant)

    // The daemon.
    case alarm(Int, Instant)
    case wire(Int, life: Int, Allocation)
    case unwire(Int, life: Int, Allocation)
    case reap(Int, life: Int, Allocation)
    /// A call reaches EC2.
    indirect case call(Int, life: Int, IPAMEngine.Effect)
    /// An outcome reaches the node.
    indirect case outcome(Int, life: Int, IPAMEngine.Event)

    // The world.
    case strike(Int)
    case readMetadata(Int)
    case operate(Int)
    case outage(Int)
    case restart(Int)

    /// The node whose daemon is to do it; nil for what happens without one.
    var daemon: Int? {
        switch self {
        case .add(let node, _), .delete(let node, _), .collectGarbage(let node), .budgetEnds(let node, _, _), .alarm(let node, _),
            .wire(let node, _, _), .unwire(let node, _, _), .reap(let node, _, _), .outcome(let node, _, _), .readMetadata(let node),
            .operate(let node):
            node
        case .podArrives, .podsBurst, .podsOfTrace, .tracedPod, .call, .strike, .outage, .restart: nil
        }
    }
}
