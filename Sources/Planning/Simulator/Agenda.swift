package import HeapModule
import IPAMEngine
package import Timeline

/// What is to happen and when; of what falls on one moment, what was put in first happens first.
///
/// The heap moves small items about and the work stays where it is put: work is large, and most of the time would go into
/// copying it. Only the items of the next slice of time are in the heap. The others lie in the order in which they came, by their
/// slice, so that a million pods which end some day do not make the heap of what happens now a deep one.
///
/// Inlinable, as the work of each simulation is a type of its own module.
package struct Agenda<Work: Sendable>: Sendable {
    /// The items of `slice` and before; not empty unless nothing is to happen at all.
    @usableFromInline var near = Heap<Item>()
    /// Those of the slices after it, by the last bits of their slice.
    @usableFromInline var far = [[Item]](repeating: [], count: Self.farSlices)
    /// Those that are later still.
    @usableFromInline var farther = Heap<Item>()
    @usableFromInline var slice: Int64 = .min
    @usableFromInline var farCount = 0
    @usableFromInline var works: [Work?] = []
    @usableFromInline var vacant: [Int] = []
    @usableFromInline var lastNumber: UInt64 = 0

    /// Over two minutes: longer than most pods of a simulation live, and than every cooldown.
    @inlinable static var farSlices: Int { 2048 }

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
        /// Of 2^26 ns, which is 67 ms.
        @inlinable var slice: Int64 { Int64(truncatingIfNeeded: word >> 90) }

        @inlinable static func < (a: Item, b: Item) -> Bool { a.word < b.word }
    }

    @inlinable package var next: Instant? { near.min?.moment }

    @inlinable package mutating func add(_ work: consuming Work, at moment: Instant) {
        lastNumber += 1
        let place = vacant.popLast() ?? works.count
        if place == works.count { works.append(work) } else { works[place] = work }
        put(Item(moment: moment, number: lastNumber, place: place))
    }

    /// Takes out what comes first, which is due at ``next``.
    @inlinable package mutating func pop() -> Work? {
        guard let item = near.popMin() else { return nil }
        // Moved out and not copied.
        var work: Work?
        swap(&work, &works[item.place])
        vacant.append(item.place)
        if near.isEmpty { advance() }
        return work
    }

    @inlinable mutating func put(_ item: Item) {
        let distance = item.slice.subtractingReportingOverflow(slice).partialValue
        if near.isEmpty {
            // Nothing else is to happen.
            slice = item.slice
            near.insert(item)
        } else if item.slice <= slice {
            near.insert(item)
        } else if distance < Int64(Self.farSlices) {
            far[Self.slot(of: item.slice)].append(item)
            farCount += 1
        } else {
            farther.insert(item)
        }
    }

    @inlinable static func slot(of slice: Int64) -> Int { Int(truncatingIfNeeded: slice) & (farSlices - 1) }

    /// Goes on to the next slice in which something is to happen.
    @inlinable mutating func advance() {
        guard farCount > 0 || !farther.isEmpty else { return }
        if farCount == 0, let item = farther.min { slice = item.slice - 1 }
        repeat {
            slice += 1
            while let item = farther.min, item.slice <= slice + Int64(Self.farSlices - 1) {
                farther.removeMin()
                far[Self.slot(of: item.slice)].append(item)
                farCount += 1
            }
        } while far[Self.slot(of: slice)].isEmpty
        let slot = Self.slot(of: slice)
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
