import Addressing
import Glibc
import IPAMEngine
import JournalAdapter
import Timeline

/// Does to a journal, in a process of its own, what a test cannot do to itself: hold its lock, run out of file size, be killed.
///
/// Entries are allocations whose addresses count 0, 1, 2 … so that a reader sees which of them are there.
@main
enum JournalTortureTool {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            say("usage: JournalTortureTool hold|append|fill FOLDER")
            exit(2)
        }
        let (journal, _) = try Journal.open(directory: arguments[2])
        switch arguments[1] {
        case "hold": hold(journal)
        case "append": try appendForEver(to: journal)
        case "fill": try fill(journal)
        default: exit(2)
        }
    }

    /// Keeps the journal open until the standard input ends.
    private static func hold(_ journal: Journal) {
        say("open")
        while readLine() != nil {}
        withExtendedLifetime(journal) {}
    }

    /// Appends one to four entries at a time and says the number of the last one when they are written; writes the journal
    /// anew with the last hundred after every thousand.
    private static func appendForEver(to journal: Journal) throws {
        var count: UInt32 = 0
        var compacted: UInt32 = 0
        while true {
            let batch = count..<count + count % 4 + 1
            try journal.append(batch.map(allocation))
            count = batch.upperBound
            say("\(count - 1)")
            if count - compacted >= 1000 {
                try journal.compact(to: (count - 100..<count).map(allocation))
                compacted = count
            }
        }
    }

    /// Appends until no file may grow, says why and how many entries were written, and appends one more without the limit.
    private static func fill(_ journal: Journal) throws {
        signal(SIGXFSZ, SIG_IGN)
        limitFileSize(to: 10_000)
        var count: UInt32 = 0
        do throws(JournalError) {
            while true {
                try journal.append([allocation(count)])
                count += 1
            }
        } catch {
            say("\(error)")
        }
        say("\(count)")
        limitFileSize(to: .max)
        try journal.append([allocation(count)])
        say("\(count + 1)")
    }

    private static func limitFileSize(to bytes: rlim_t) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(3) }
        limit.rlim_cur = min(bytes, limit.rlim_max)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(3) }
    }

    private static func allocation(_ number: UInt32) -> JournalEntry {
        .allocated(
            Allocation(
                attachment: PodAttachment(network: "aws-cni", containerID: "sandbox-\(number)", interface: "eth0"),
                pod: PodName(namespace: "default", name: "web-\(number)"), addresses: PodAddresses(.v4(IPv4Address(bits: number))),
                eni: ENIID(unchecked: "eni-0a1b2c3d4e5f60718"), deviceIndex: 1, since: .zero, hostLink: ""))
    }

    /// Writes a line at once, past every buffer that would die with the process.
    private static func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        guard write(STDOUT_FILENO, bytes, bytes.count) == bytes.count else { exit(4) }
    }
}
