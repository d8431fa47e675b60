import Foundation
import Testing

/// One workload of the tool beside the tests, run at two sizes: what differs between them is the cost of the units, without
/// that of getting there.
struct EngineBenchmark: Sendable, CustomTestStringConvertible {
    let workload: String
    let sizes: (less: Int, more: Int)

    /// Lives and ADDs by the number of pods, simulations by the seconds.
    static let all = [
        EngineBenchmark(workload: "prefix-lives", sizes: (1_000, 3_000)),
        EngineBenchmark(workload: "secondary-lives", sizes: (1_000, 3_000)),
        EngineBenchmark(workload: "prefix-assigns", sizes: (4_000, 6_000)),
        EngineBenchmark(workload: "simulated-events", sizes: (60, 120)),
        EngineBenchmark(workload: "simulated-prefix-events", sizes: (60, 120)),
    ]

    var testDescription: String { workload }

    /// What keeps the figures from being taken here, or nil.
    static let missing: String? = {
        #if !arch(x86_64)
            return "the kept figures are those of x86-64"
        #elseif DEBUG
            return "the kept figures are those of a release build"
        #else
            for file in [valgrind, tool] where !FileManager.default.isExecutableFile(atPath: file) {
                return "\(file) is missing: run make setup-test build"
            }
            return nil
        #endif
    }()

    /// Where everything must be tested, what is missing makes the tests fail instead of skipping them.
    static let isToBeMeasured = missing == nil || ProcessInfo.processInfo.environment["BERTH_REQUIRE_PRIVILEGED"] == "1"

    private static let valgrind = "/usr/bin/valgrind"
    /// Built beside the tests.
    private static let tool =
        Bundle.main.executableURL.map { $0.deletingLastPathComponent().appendingPathComponent("EngineBenchmarkTool").path } ?? ""

    func measure() throws -> EngineCost {
        let (less, more) = (try count(sizes.less), try count(sizes.more))
        let units = more.units - less.units
        func each(_ difference: Int) -> Double { (Double(difference) / units * 100).rounded() / 100 }
        return EngineCost(
            instructions: each(more.instructions - less.instructions).rounded(), allocations: each(more.allocations - less.allocations))
    }

    /// What the tool says of a run without any counting, times included.
    func words() throws -> String {
        try run([Self.tool, workload, "\(sizes.more * 10)"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func count(_ size: Int) throws -> (units: Double, instructions: Int, allocations: Int) {
        let callgrind = try run([Self.valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", Self.tool, workload, "\(size)"])
        let memcheck = try run([Self.valgrind, "--tool=memcheck", "--undef-value-errors=no", Self.tool, workload, "\(size)"])
        // Such as "units=20000", "==17== Collected : 79530" and "==17==   total heap usage: 1,234 allocs, …".
        return (
            units: Double(try number(after: "units=", in: callgrind.output)),
            instructions: try number(after: "Collected :", in: callgrind.errors),
            allocations: try number(after: "total heap usage:", in: memcheck.errors)
        )
    }

    private func number(after label: String, in text: String) throws -> Int {
        let rest = try #require(text.range(of: label), "\(label) is not in \(text)").upperBound
        let digits = text[rest...].drop { $0 == " " }.prefix { $0.isNumber || $0 == "," }
        return try #require(Int(digits.replacingOccurrences(of: ",", with: "")), "no number behind \(label) in \(text)")
    }

    /// Runs a command in which no dictionary is ordered by chance.
    private func run(_ command: [String]) throws -> (output: String, errors: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("berth-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let streams = ["out", "err"].map { folder.appendingPathComponent($0) }
        for stream in streams { try Data().write(to: stream) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ["SWIFT_DETERMINISTIC_HASHING": "1"]
        process.standardOutput = try FileHandle(forWritingTo: streams[0])
        process.standardError = try FileHandle(forWritingTo: streams[1])
        try process.run()
        process.waitUntilExit()
        let (output, errors) = (try String(contentsOf: streams[0], encoding: .utf8), try String(contentsOf: streams[1], encoding: .utf8))
        try #require(process.terminationStatus == 0, "\(command) ended with \(process.terminationStatus): \(errors)")
        return (output, errors)
    }
}
