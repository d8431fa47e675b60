import Simulator
import Timeline

/// A seed at which something went wrong, with what replays it.
struct FailingCase: Encodable {
    let seed: UInt64
    let seconds: Double
    let violation: String
    /// The command that shows it again.
    let replay: String
    /// A smaller world in which the same goes wrong; nil where none was found or looked for.
    let smaller: Smaller?

    struct Smaller: Encodable {
        let violation: String
        let replay: String
    }

    init(_ replay: Replay, _ violation: Violation, isShrunk: Bool) throws {
        seed = replay.seed
        seconds = (violation.moment - .zero).inSeconds
        self.violation = violation.text
        self.replay = replay.command
        let shrinking = isShrunk ? try Shrinking(replay, violation: violation) : nil
        smaller = shrinking.flatMap { shrinking in
            shrinking.smallest == replay ? nil : Smaller(violation: shrinking.violation.text, replay: shrinking.smallest.command)
        }
    }

    var text: String {
        let lines = ["seed \(seed): \(violation)", "  replay:  \(replay)"]
        return (lines + (smaller.map { ["  smaller: \($0.replay)", "           \($0.violation)"] } ?? [])).joined(separator: "\n")
    }
}
