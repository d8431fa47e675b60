import SeededRandom

/// Gives the reader of CNI requests so many inputs, whole ones and damaged ones, and checks what it makes of each.
///
/// In a process of its own, so that a crash ends nothing else; what it was given is told before it ends.
@main
enum CNIFuzzTool {
    static func main() {
        let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        guard numbers.count == 2 else {
            print("usage: CNIFuzzTool COUNT SEED")
            return
        }
        var inputs = FuzzInputs(SplitMix64(seed: numbers[1]))
        var tally = Tally()
        for number in 0..<numbers[0] {
            let input = inputs.next()
            let verdict = FuzzVerdict(of: input)
            tally.count(verdict)
            if let fault = verdict.fault {
                print("input \(number) of seed \(numbers[1]): \(fault)\n\(input)")
                return
            }
        }
        print("inputs=\(numbers[0]) accepted=\(tally.accepted) refused=\(tally.refused) codes=\(tally.codes.sorted())")
    }

    private struct Tally {
        var accepted = 0
        var refused = 0
        var codes: Set<Int> = []

        mutating func count(_ verdict: FuzzVerdict) {
            switch verdict.outcome {
            case .accepted: accepted += 1
            case .refused(let code):
                refused += 1
                codes.insert(code)
            }
        }
    }
}
