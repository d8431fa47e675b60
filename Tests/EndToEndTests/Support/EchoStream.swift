import Addressing
import Foundation
import NetlinkAdapter

/// One TCP connection from a namespace, on which a number goes out every 20 ms and comes back.
final class EchoStream {
    let name: String
    private let process: ChildProcess

    struct Report: Decodable {
        let sent: Int
        let echoed: Int
        let longestGapMilliseconds: Double
        /// What ended the connection; nil while it lives.
        let broken: String?
    }

    /// Connects and waits until it has.
    init(_ name: String, from namespace: NetworkNamespace, to address: IPv4Address) throws {
        self.name = name
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Resources/echo-stream.py").path
        process = try ChildProcess(
            ["ip", "netns", "exec", namespace.name, "/usr/bin/python3", script, "\(address)", "\(EchoServer.port)"])
        guard process.awaitOutput(containing: "connected") else {
            throw DaemonReports.Failure(description: "no connection of \(name) to \(address): \(process.finish())")
        }
    }

    /// Ends the connection and tells how it went.
    func end() throws -> Report {
        process.signal(SIGTERM)
        return try JSONDecoder().decode(Report.self, from: Data(process.finish().output.utf8))
    }
}

/// Answers every connection with what it is sent.
final class EchoServer {
    static let port = 7007
    private let process: ChildProcess

    init(in namespace: NetworkNamespace) throws {
        process = try ChildProcess(
            ["ip", "netns", "exec", namespace.name, "socat", "TCP4-LISTEN:\(Self.port),reuseaddr,fork", "EXEC:cat"])
        let listens = try eventually {
            try ChildProcess.run(["ip", "netns", "exec", namespace.name, "ss", "-Hltn", "sport = :\(Self.port)"]).output != ""
        }
        guard listens else { throw DaemonReports.Failure(description: "no echo server after 15 s") }
    }

    deinit {
        process.signal(SIGTERM)
        process.finish()
    }
}

/// A ping every 20 ms, written to a file.
final class PingStream {
    let name: String
    private let process: ChildProcess
    private let log: String

    init(_ name: String, from namespace: NetworkNamespace, to address: IPv4Address, log: String) throws {
        (self.name, self.log) = (name, log)
        process = try ChildProcess(
            ["ip", "netns", "exec", namespace.name, "ping", "-n", "-D", "-i", "0.02", "\(address)"], log: log)
    }

    /// Ends the pings; returns how many came back and the longest time without one.
    func end() throws -> (replies: Int, longestGapMilliseconds: Double) {
        process.signal(SIGINT)
        process.finish()
        // "[1700000000.123456] 64 bytes from 198.51.100.2: icmp_seq=1 ttl=63 time=0.1 ms"
        let moments = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").compactMap { line -> Double? in
            guard line.contains("icmp_seq="), line.contains("time="), line.hasPrefix("[") else { return nil }
            return Double(line.dropFirst().prefix { $0 != "]" })
        }
        let gap = zip(moments, moments.dropFirst()).map { $1 - $0 }.max() ?? .infinity
        return (moments.count, gap * 1000)
    }
}
