package import Timeline

/// Which of the things that happen are told to the cluster: the first of a kind at once, its repetitions seldom and as one event, and
/// never more than a node may say.
package struct EventLedger: Sendable {
    /// What an event is about and why: repetitions of one are one event.
    package struct Key: Hashable, Sendable {
        /// The object's identifier, or its name where it has none.
        package var subject: String
        package var reason: String

        package init(subject: String, reason: String) {
            self.subject = subject
            self.reason = reason
        }
    }

    package enum Verdict: Hashable, Sendable {
        /// Nothing like it was told of late.
        case tell
        /// It has happened so often; the event that exists is to say so.
        case tellAgain(count: Int)
        case keep
    }

    private struct Entry: Sendable {
        var count: Int
        /// Before this moment a repetition is counted and not told.
        var nextTelling: Instant
        var pause: Duration
        var last: Instant
    }

    private var entries: [Key: Entry] = [:]
    private var tokens: Double
    private var filledAt: Instant?

    /// Repetitions are told after this long, and twice as long each time.
    package static let pause: Duration = .seconds(60)
    package static let pauseMax: Duration = .seconds(600)
    /// What has not happened for this long is told as new.
    package static let memory: Duration = .seconds(1800)
    /// How much a node may say at once, and how soon it may say one more: a node that refuses hundreds of pods says enough with some.
    package static let burst = 25
    package static let refill: Duration = .seconds(5)
    package static let entriesMax = 512

    package init() {
        tokens = Double(Self.burst)
    }

    package mutating func note(_ key: Key, at now: Instant) -> Verdict {
        forget(at: now)
        if var entry = entries[key] {
            entry.count += 1
            entry.last = now
            defer { entries[key] = entry }
            guard entry.nextTelling <= now, takeToken(at: now) else { return .keep }
            entry.pause = min(entry.pause * 2, Self.pauseMax)
            entry.nextTelling = now + entry.pause
            return .tellAgain(count: entry.count)
        }
        guard entries.count < Self.entriesMax, takeToken(at: now) else { return .keep }
        entries[key] = Entry(count: 1, nextTelling: now + Self.pause, pause: Self.pause, last: now)
        return .tell
    }

    /// Forgets an event that the cluster did not take, so that the next one like it is told as the first.
    package mutating func forget(_ key: Key) {
        entries[key] = nil
    }

    private mutating func forget(at now: Instant) {
        guard entries.values.contains(where: { $0.last + Self.memory <= now }) else { return }
        entries = entries.filter { $0.value.last + Self.memory > now }
    }

    private mutating func takeToken(at now: Instant) -> Bool {
        if let filledAt { tokens = min(Double(Self.burst), tokens + filledAt.duration(to: now) / Self.refill) }
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
