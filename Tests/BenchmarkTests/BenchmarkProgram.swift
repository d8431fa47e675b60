import Foundation
import Testing

/// `berth-bench` as `make bench-programs` builds it.
enum BenchmarkProgram {
    private static let path = repositoryRoot.appendingPathComponent("bin/bench/berth-bench").path

    /// What keeps it from being run here, or nil.
    static let missing: String? = {
        guard geteuid() == 0 else { return "it makes network namespaces, which needs root" }
        for file in [path, "/usr/bin/strace", "/usr/lib/cni/ptp"] where !FileManager.default.isExecutableFile(atPath: file) {
            return "\(file) is missing: run make bench-programs"
        }
        return nil
    }()

    /// Where everything must be tested, what is missing makes the tests fail instead of skipping them.
    static let isToBeRun = missing == nil || ProcessInfo.processInfo.environment["BERTH_REQUIRE_PRIVILEGED"] == "1"

    struct Run {
        let process = Process()
        private let output = Pipe()
        private let errors = Pipe()

        /// Starts the program in the repository's folder.
        init(_ arguments: [String]) throws {
            process.executableURL = URL(fileURLWithPath: path)
            process.currentDirectoryURL = repositoryRoot
            process.arguments = arguments
            process.standardOutput = output
            process.standardError = errors
            try process.run()
        }

        /// Waits for its end.
        func finish() throws -> (status: Int32, output: Data, errors: String) {
            // Small enough for both pipes: one measurement as JSON, and one line of error.
            let output = try output.fileHandleForReading.readToEnd() ?? Data()
            let errors = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, output, errors)
        }
    }

    /// Runs the program to its end and reads its JSON as an object.
    static func measure(_ arguments: [String]) throws -> Data {
        let outcome = try Run(arguments + ["--output", "json"]).finish()
        try #require(outcome.status == 0, "\(outcome.errors)")
        return outcome.output
    }

    /// Namespaces, folders and processes of a run; none when it has ended.
    static func remains(of pid: Int32) throws -> [String] {
        let manager = FileManager.default
        let namespaces = (try? manager.contentsOfDirectory(atPath: "/run/netns")) ?? []
        let processes = try manager.contentsOfDirectory(atPath: "/proc").filter { process in
            let words = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
            return words.contains("/run/berth-bench/\(pid)/")
        }
        return namespaces.filter { $0.hasPrefix("berth-bench-\(pid)-") } + processes
            + (manager.fileExists(atPath: "/run/berth-bench/\(pid)") ? ["/run/berth-bench/\(pid)"] : [])
    }
}
