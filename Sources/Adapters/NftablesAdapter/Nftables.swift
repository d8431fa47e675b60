import CNftables
import Glibc
import NodePorts
import PodNetwork
import Synchronization

/// nf_tables in one network namespace: commands through libnftables, and dumps of what it does not tell.
struct Nftables: Sendable {
    /// libnftables has tables of its own that all contexts share: one call at a time.
    private static let lock = Mutex(())
    /// How often a dump is tried that somebody else's change came between.
    private static let dumpTriesMax = 8

    /// The namespace; nil for that of the process.
    private let netns: Descriptor?

    /// Families of tables, by the numbers of `linux/netfilter.h`.
    enum Family: UInt8 {
        case inet = 1
        case ipv4 = 2
    }

    struct Chain: Hashable {
        let table: String
        let name: String
    }

    /// A rule by its handle, and the comment that iptables gave it.
    struct CommentedRule: Hashable {
        let handle: UInt64
        let comment: String
    }

    init() {
        netns = nil
    }

    init(namespace path: String) throws(FirewallFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FirewallFailure("open network namespace \(path)", KernelErrno(rawValue: errno).description)
        }
        netns = Descriptor(descriptor)
    }

    /// Runs commands, all of them or none.
    ///
    /// - Returns: What they print.
    /// - Throws: ``FirewallFailure`` with the words of libnftables.
    @discardableResult
    func run(_ commands: String, doing action: String) throws(FirewallFailure) -> String {
        var (output, words): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?) = (nil, nil)
        defer {
            free(output)
            free(words)
        }
        let code = Self.lock.withLock { _ in berth_nft_run(number, commands, &output, &words) }
        guard code == 0 else {
            let said = words.map { String(cString: $0) } ?? ""
            throw FirewallFailure(action, said.isEmpty ? KernelErrno(rawValue: -code).description : Self.trimmed(said))
        }
        return output.map { String(cString: $0) } ?? ""
    }

    func chains(_ family: Family) throws(FirewallFailure) -> [Chain] {
        try dump(NFT_MSG_GETCHAIN, family).compactMap { chain in
            guard let table = chain.text(Int(NFTA_CHAIN_TABLE.rawValue)), let name = chain.text(Int(NFTA_CHAIN_NAME.rawValue))
            else { return nil }
            return Chain(table: table, name: name)
        }
    }

    func ruleCount(family: Family, table: String) throws(FirewallFailure) -> Int {
        try dump(NFT_MSG_GETRULE, family, table: table).count
    }

    /// The rules of a chain that iptables made with a comment.
    func commentedRules(family: Family, of chain: Chain) throws(FirewallFailure) -> [CommentedRule] {
        try dump(NFT_MSG_GETRULE, family, table: chain.table, chain: chain.name).compactMap { rule in
            guard let handle = rule[Int(NFTA_RULE_HANDLE.rawValue)], let comment = Self.comment(of: rule) else { return nil }
            return CommentedRule(handle: handle.reduce(0) { $0 << 8 | UInt64($1) }, comment: comment)
        }
    }

    /// iptables keeps a comment as a match of its own, whose text libnftables does not tell.
    private static func comment(of rule: NetlinkAttributes) -> String? {
        guard let expressions = rule[Int(NFTA_RULE_EXPRESSIONS.rawValue)] else { return nil }
        for (_, expression) in NetlinkAttributes(expressions) {
            let expression = NetlinkAttributes(expression)
            guard expression.text(Int(NFTA_EXPR_NAME.rawValue)) == "match", let data = expression[Int(NFTA_EXPR_DATA.rawValue)]
            else { continue }
            let match = NetlinkAttributes(data)
            if match.text(Int(NFTA_MATCH_NAME.rawValue)) == "comment" { return match.text(Int(NFTA_MATCH_INFO.rawValue)) }
        }
        return nil
    }

    /// A socket that hears of changes, to be read until it would block.
    func listen() throws(FirewallFailure) -> Int32 {
        let descriptor = berth_nft_listen(number)
        guard descriptor >= 0 else {
            throw FirewallFailure("listen for changes of nftables", KernelErrno(rawValue: -descriptor).description)
        }
        return descriptor
    }

    /// Whether a table of iptables-legacy has a chain of the name, or a rule with the comment.
    func legacyTable(_ table: String, holds text: String) throws(FirewallFailure) -> Bool {
        let code = try repeated(doing: "read table \(table) of iptables-legacy") { berth_legacy_table_holds(number, table, text) }
        return code == 1
    }

    private func dump(
        _ message: nf_tables_msg_types, _ family: Family, table: String? = nil, chain: String? = nil
    ) throws(FirewallFailure) -> [NetlinkAttributes] {
        var answer: [UInt8] = []
        _ = try repeated(doing: "list \(table ?? "chains") of nftables") {
            var (bytes, length): (UnsafeMutablePointer<UInt8>?, Int) = (nil, 0)
            defer { free(bytes) }
            let code = berth_nft_dump(number, UInt8(message.rawValue), family.rawValue, table, chain, &bytes, &length)
            answer = Array(UnsafeBufferPointer(start: bytes, count: length))
            return code
        }
        return NetfilterMessages(answer).map(\.attributes)
    }

    /// Calls again while the answer is that somebody else's change came between.
    private func repeated(doing action: String, _ call: () -> Int32) throws(FirewallFailure) -> Int32 {
        var code = call()
        for _ in 1..<Self.dumpTriesMax where code == -EAGAIN { code = call() }
        guard code >= 0 else { throw FirewallFailure(action, KernelErrno(rawValue: -code).description) }
        return code
    }

    private var number: Int32 { netns?.number ?? -1 }

    /// libnftables ends its words with a new line and draws marks below the commands.
    private static func trimmed(_ words: String) -> String {
        words.split(separator: "\n").first.map(String.init) ?? words
    }
}

/// An open descriptor, closed with its last owner.
private final class Descriptor: Sendable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}
