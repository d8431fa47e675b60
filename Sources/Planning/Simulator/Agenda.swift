package import HeapModule
import IPAMEngine
package import Timeline

/// What is to happen and when; of what falls on one moment, what was put in first happens first.
///
/// The heap moves small items about and the work stays where it is put: work is large, and most of the time would go into
/// copying it. Only the items of the next second are in the heap. The others lie in the order in which they came, by their second,
/// so that a million pods which end some day do not make the heap of what happens now a deep one.
///
/// Inlinable, as the work of each simulation is a type of its own module.
package struct Agenda<Work: Sendable>: Sendable {
    /// The items of `second` and before; not empty unless nothing is to happen at all.
    @usableFromInline var near = Heap<Item>()
    /// Those of the seconds after it, by the last bits of their second.
    @usableFromInline var far = [[Item]](repeating: [], count: Self.farSeconds)
    /// Those that are later still.
    @usableFromInline var farther = Heap<Item>()
    @usableFromInline var second: Int64 = .min
    @usableFromInline var farCount = 0
    @usableFromInline var works: [Work?] = []
    @usableFromInline var vacant: [Int] = []
    @usableFromInline var lastNumber: UInt64 = 0

    @inlinable static var farSeconds: Int { 1024 }

    @inlinable package init() {}

    /// Moment, number and place of a work in one word, which the heap compares and moves at once.
    @usableFromInline struct Item: Comparable, Sendable {
        @usableFromInline let word: Int128

        @inlinable static var placeBits: Int { 24 }

        @inlinable init(moment: Instant, number: UInt64, place: Int) {
            precondition(place < 1 << Self.placeBits && number < 1 << (64 - Self.placeBits), "an agenda with \(place) things at once")
            word = Int128(moment.nanoseconds) << 64 | Int128(number << Self.placeBits | UInt64(place))
        }

        @inlinable var moment: Instant { Instant(nanoseconds: Int64(truncatingIfNeeded: word >> 64)) }
        @inlinable var place: Int { Int(truncatingIfNeeded: word) & (1 << Self.placeBits - 1) }
        /// Of 2^30 ns.
        @inlinable var second: Int64 { Int64(truncatingIfNeeded: word >> 94) }

        @inlinable static func < (a: Item, b: Item) -> Bool { a.word < b.word }
    }

    @inlinable package var next: Instant? { near.min?.moment }

    @inlinable package mutating func add(_ work: Work, at moment: Instant) {
        lastNumber += 1
        let place = vacant.popLast() ?? works.count
        if place == works.count { works.append(work) } else { works[place] = work }
        put(Item(moment: moment, number: lastNumber, place: place))
    }

    /// Takes out what comes first.
    @inlinable package mutating func pop() -> (moment: Instant, work: Work)? {
        guard let item = near.popMin(), let work = works[item.place].take() else { return nil }
        vacant.append(item.place)
        if near.isEmpty { advance() }
        return (item.moment, work)
    }

    @inlinable mutating func put(_ item: Item) {
        let distance = item.second.subtractingReportingOverflow(second).partialValue
        if near.isEmpty {
            // Nothing else is to happen.
            second = item.second
            near.insert(item)
        } else if item.second <= second {
            near.insert(item)
        } else if distance < Int64(Self.farSeconds) {
            far[Self.slot(item.second)].append(item)
            farCount += 1
        } else {
            farther.insert(item)
        }
    }

    @inlinable static func slot(_ second: Int64) -> Int { Int(truncatingIfNeeded: second) & (farSeconds - 1) }

    /// Goes on to the next second in which something is to happen.
    @inlinable mutating func advance() {
        guard farCount > 0 || !farther.isEmpty else { return }
        if farCount == 0, let item = farther.min { second = item.second - 1 }
        repeat {
            second += 1
            while let item = farther.min, item.second <= second + Int64(Self.farSeconds - 1) {
                farther.removeMin()
                far[Self.slot(item.second)].append(item)
                farCount += 1
            }
        } while far[Self.slot(second)].isEmpty
        let slot = Self.slot(second)
        farCount -= far[slot].count
        near.insert(contentsOf: far[slot])
        far[slot].removeAll(keepingCapacity: true)
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
