import Foundation
import Glibc

/// The machine on which was measured.
struct Machine: Codable {
    var processor: String
    var cores: Int
    var memoryMiB: Int
    var kernel: String
    /// Processes that ran or wanted to, on average over the minute before (proc(5), loadavg).
    var load: Double

    init() {
        processor = Self.value("model name", in: "/proc/cpuinfo") ?? "unknown"
        cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let kibibytes = Self.value("MemTotal", in: "/proc/meminfo")?.split(separator: " ").first.flatMap { Int($0) }
        memoryMiB = (kibibytes ?? 0) / 1024
        kernel = Self.read("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines)
        load = Self.read("/proc/loadavg").split(separator: " ").first.flatMap { Double($0) } ?? 0
    }

    var description: String {
        "\(cores) × \(processor), \(memoryMiB) MiB, Linux \(kernel), load \(load)"
    }

    /// CPU seconds that all cores were busy since boot, but for waiting (proc(5), stat).
    static func busy() -> Double {
        let fields = (read("/proc/stat").split(separator: "\n").first ?? "").split(separator: " ").dropFirst().compactMap { Double($0) }
        guard fields.count >= 7 else { return 0 }
        return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The value behind a name and a colon, as the files of `/proc` have them.
    static func value(_ name: String, in file: String) -> String? {
        let line = read(file).split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
    }

    static func read(_ file: String) -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
}
