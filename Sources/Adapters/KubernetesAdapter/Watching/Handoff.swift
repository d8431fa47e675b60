import Synchronization

/// Hands elements from one task to another, a few ahead at most: who is slow to take makes the other wait.
final class Handoff<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        var giver: CheckedContinuation<Void, Never>?
        var taker: CheckedContinuation<Element?, Never>?
        var isEnded = false
    }

    private let ahead: Int
    private let state = Mutex(State())

    /// - Parameter ahead: How many elements may wait.
    init(ahead: Int) {
        self.ahead = ahead
    }

    /// Returns when there is room for one more; false when nobody takes any more.
    func give(_ element: Element) async -> Bool {
        let taker = state.withLock { state -> CheckedContinuation<Element?, Never>? in
            if state.isEnded { return nil }
            if let taker = state.taker {
                state.taker = nil
                return taker
            }
            state.waiting.append(element)
            return nil
        }
        if let taker {
            taker.resume(returning: element)
            return true
        }
        await withCheckedContinuation { continuation in
            let isRoom = state.withLock { state in
                if state.isEnded || state.waiting.count <= ahead { return true }
                state.giver = continuation
                return false
            }
            if isRoom { continuation.resume() }
        }
        return state.withLock { !$0.isEnded }
    }

    /// Returns the next element; nil when the end has come. Asked by one task at a time.
    func take() async -> Element? {
        await withCheckedContinuation { continuation in
            let (answer, giver) = state.withLock { state -> (Element??, CheckedContinuation<Void, Never>?) in
                if state.isEnded { return (.some(nil), nil) }
                guard !state.waiting.isEmpty else {
                    state.taker = continuation
                    return (nil, nil)
                }
                let element = state.waiting.removeFirst()
                let giver = state.giver
                state.giver = nil
                return (element, giver)
            }
            giver?.resume()
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Ends both sides; what waits is dropped.
    func end() {
        let (giver, taker) = state.withLock { state in
            let sides = (state.giver, state.taker)
            state = State(isEnded: true)
            return sides
        }
        giver?.resume()
        taker?.resume(returning: nil)
    }
}
