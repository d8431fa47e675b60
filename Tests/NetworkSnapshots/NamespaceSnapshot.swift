import Foundation

/// What `ip`, `nft` and `/proc/sys/net` tell of a network namespace, as text: what must be the same again afterwards.
///
/// Links, addresses, permanent neighbours, rules and the routes of every table, IPv4 and IPv6, the firewall, and the sysctls.
/// What changes by itself is left out: packet counters, lifetimes and the count of tracked connections.
public struct NamespaceSnapshot: Equatable, Sendable {
    /// The lines of one command's output, each with what the command is called in a difference.
    public let sections: [Section]

    public struct Section: Equatable, Sendable {
        public let title: String
        public let lines: [String]
    }

    /// - Parameters:
    ///   - namespace: A name that `ip netns` lists.
    ///   - isForeign: Tells of a line, with its section's title, whether it is looked at at all; every one is by default.
    /// - Throws: ``SnapshotError`` when a command cannot be run or fails.
    public init(of namespace: String, where isForeign: (_ title: String, _ line: String) -> Bool = { _, _ in true }) throws {
        sections = try Self.commands.map { command in
            let output = try Self.output(of: ["ip", "netns", "exec", namespace] + command.words)
            let lines = output.split(separator: "\n").map(Self.withoutLifetimes).filter { line in
                !Self.countsByItself(line) && isForeign(command.title, line)
            }
            return Section(title: command.title, lines: command.isOrdered ? lines : lines.sorted())
        }
    }

    /// Whether IPv6 has found all addresses unique, which takes up to two seconds from when a link is up: the routes to the
    /// addresses that it gave itself come only then.
    public var isSettled: Bool {
        !sections.contains { $0.lines.contains { $0.contains(" tentative ") } }
    }

    /// Returns a line for each one that went (`-`) or came (`+`) since; one that moved does both.
    public func differences(from before: NamespaceSnapshot) -> [String] {
        zip(before.sections, sections).flatMap { before, after in
            after.lines.difference(from: before.lines).map { change in
                switch change {
                case .remove(_, let line, _): "- \(after.title): \(line)"
                case .insert(_, let line, _): "+ \(after.title): \(line)"
                }
            }
        }
    }

    private struct Command {
        let title: String
        let words: [String]
        /// Whether the kernel lists in an order that means something; files are found in any.
        var isOrdered = true

        init(_ words: String) {
            title = words
            self.words = words.split(separator: " ").map(String.init)
        }

        init(title: String, words: [String], isOrdered: Bool) {
            (self.title, self.words, self.isOrdered) = (title, words, isOrdered)
        }
    }

    private static let commands = [
        Command("ip -d -o link"), Command("ip -o address"), Command("ip neighbour show nud permanent"),
        Command("ip -d -4 rule"), Command("ip -d -6 rule"),
        Command("ip -d -4 route show table all"), Command("ip -d -6 route show table all"),
        Command("nft --stateless list ruleset"),
        // Some files can only be written; grep says so and ends with 2.
        Command(title: "sysctl", words: ["sh", "-c", "grep -rs '' /proc/sys/net || [ $? = 2 ]"], isOrdered: false),
    ]

    private static func countsByItself(_ line: String) -> Bool {
        line.hasPrefix("/proc/sys/net/netfilter/nf_conntrack_count:")
    }

    /// Drops the word behind each that announces a time left.
    private static func withoutLifetimes(_ line: Substring) -> String {
        let announcements: Set<Substring> = ["expires", "valid_lft", "preferred_lft"]
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.contains(where: announcements.contains) else { return String(line) }
        return words.indices.filter { index in index == 0 || !announcements.contains(words[index - 1]) }
            .map { String(words[$0]) }.joined(separator: " ")
    }

    private static func output(of words: [String]) throws -> String {
        let (process, output, errors) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        (process.standardOutput, process.standardError) = (output, errors)
        do {
            try process.run()
        } catch {
            throw SnapshotError(description: "\(words.joined(separator: " ")): \(error)")
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SnapshotError(description: "\(words.joined(separator: " ")) ended with \(process.terminationStatus): \(complaint)")
        }
        return text
    }
}

/// A command of a ``NamespaceSnapshot`` that could not be run, or failed, and what it said.
public struct SnapshotError: Error, CustomStringConvertible, Sendable {
    public let description: String
}
