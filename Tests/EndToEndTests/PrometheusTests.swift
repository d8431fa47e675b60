import CapacityPlanner
import Foundation
import Testing

extension EndToEnd {
    /// `berth plan --prometheus` against a real Prometheus (Debian's package `prometheus`), with a past that promtool wrote.
    @Suite(.enabled(if: PrometheusServer.isInstalled, "prometheus and promtool are not installed: apt-get install prometheus"))
    struct PrometheusForecast {
        private static let days = 28
        private static let plan = """
            subnets: [{id: subnet-0a, zone: zone-a, cidr: 10.0.0.0/24}]
            nodeGroups: [{name: general, instanceTypes: [c5.large], nodes: 3}]
            workloads: [{name: coredns, pods: 2}]
            """

        /// Two nodes that tell of a subnet each hour. One sees five addresses less for an hour of each day, which is what counts.
        private static func past(until midnight: Int) -> (metrics: String, csv: String) {
            var lines = ["# TYPE berth_subnet_free_ip_addresses gauge"]
            var rows = ["date,subnet,free_addresses"]
            for node in ["a", "b"] {
                for hour in 0..<days * 24 {
                    let day = hour / 24
                    let free = 200 - 2 * day - (node == "b" && hour % 24 == 13 ? 5 : 0)
                    let seconds = midnight - days * 86_400 + hour * 3600
                    lines.append("berth_subnet_free_ip_addresses{subnet=\"subnet-0a\",node=\"\(node)\"} \(free) \(seconds)")
                }
            }
            for day in 0..<days {
                rows.append("\(Day(number: midnight / 86_400 - days + day)),subnet-0a,\(200 - 2 * day - 5)")
            }
            return (lines.joined(separator: "\n") + "\n# EOF\n", rows.joined(separator: "\n") + "\n")
        }

        private func berth(_ arguments: String...) throws -> ChildProcess.Outcome {
            try ChildProcess.run([Programs.berth, "plan"] + arguments)
        }

        @Test func aPastInPrometheusGivesTheForecastOfTheSamePastAsCSV() throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "berth-prometheus-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let midnight = Int(Date().timeIntervalSince1970) / 86_400 * 86_400
            let past = Self.past(until: midnight)
            let (file, csv) = (folder.appending(path: "plan.yaml").path, folder.appending(path: "free.csv").path)
            try Data(Self.plan.utf8).write(to: URL(filePath: file))
            try Data(past.csv.utf8).write(to: URL(filePath: csv))
            try PrometheusServer.run(past.metrics, in: folder) { url in
                let days = ["--prometheus", url, "--days", "\(Self.days)"]
                let seen = try berth(file, days[0], days[1], days[2], days[3], "--output", "json")
                #expect(seen.status == 0 && seen.errors == "", "\(seen)")
                #expect(seen.output.contains("\"perDay\" : 2"), "\(seen.output)")
                #expect(try seen.output == berth(file, "--history", csv, "--output", "json").output)
                // Too short for a date, and nothing of that subnet.
                let short = try berth(file, "--prometheus", url, "--days", "7")
                #expect(short.status == 0 && short.output.contains("no date: history-too-short"), "\(short)")
                try Data(Self.plan.replacing("subnet-0a", with: "subnet-0b").utf8).write(to: URL(filePath: file))
                let other = try berth(file, "--prometheus", url)
                #expect(other.status == 2 && other.errors.contains("samples of no subnet of the plan, but of subnet-0a"), "\(other)")
                let wrong = try berth(file, "--prometheus", url + "/elsewhere")
                #expect(wrong.status == 2 && wrong.errors.contains("answers with 404"), "\(wrong)")
            }
        }

        @Test func optionsThatDoNotGoTogetherAreBadInput() throws {
            for (options, words) in [
                (["--prometheus", "http://h", "--history", "x"], "Keep one"), (["--bearer-token-file", "x"], "Give its URL"),
                (["--prometheus", "http://h", "--days", "0"], "from 1 to 366"),
            ] {
                let outcome = try ChildProcess.run([Programs.berth, "plan", "plan.yaml"] + options)
                #expect(outcome.status != 0 && outcome.errors.contains(words), "\(outcome)")
            }
        }
    }
}

/// A Prometheus on a port of its own of this machine.
enum PrometheusServer {
    static var isInstalled: Bool {
        ["prometheus", "promtool"].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)") }
    }

    /// - Parameters:
    ///   - metrics: Its past, in the text format of OpenMetrics.
    ///   - folder: For its files.
    static func run(_ metrics: String, in folder: URL, _ body: (String) throws -> Void) throws {
        let (text, data, log) = (
            folder.appending(path: "past.txt").path, folder.appending(path: "data").path, folder.appending(path: "log").path
        )
        let configuration = folder.appending(path: "prometheus.yml").path
        try Data(metrics.utf8).write(to: URL(filePath: text))
        try Data("global: {scrape_interval: 1h}\n".utf8).write(to: URL(filePath: configuration))
        let made = try ChildProcess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", text, data])
        guard made.status == 0 else { throw DaemonReports.Failure(description: "\(made)") }
        let port = try freePort()
        let server = try ChildProcess(
            [
                "prometheus", "--config.file=\(configuration)", "--storage.tsdb.path=\(data)", "--storage.tsdb.retention.time=400d",
                "--web.listen-address=127.0.0.1:\(port)",
            ], log: log)
        defer {
            server.signal(SIGKILL)
            server.finish()
        }
        let isReady = eventually(within: .seconds(60)) {
            (try? String(contentsOfFile: log, encoding: .utf8).contains("Server is ready to receive web requests")) == true
        }
        guard isReady else { throw DaemonReports.Failure(description: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "no log") }
        try body("http://127.0.0.1:\(port)")
    }

    /// One that nobody listens on at this moment.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL) }
        return UInt16(bigEndian: address.sin_port)
    }
}
