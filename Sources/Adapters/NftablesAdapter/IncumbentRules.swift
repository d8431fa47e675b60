import NodePorts

/// The rules of the incumbent in one namespace, and how they are taken away (reference §4.3).
///
/// Chains are known by their names, and rules in chains of everybody's by the comments the incumbent gives them.
struct IncumbentRules {
    /// What was found, as `nft` would be told.
    let names: [String]
    /// Removes it all.
    let commands: [String]

    private static let chainPrefixes = ["AWS-SNAT-CHAIN-", "AWS-CONNMARK-CHAIN-"]
    private static let tableName = "aws-cni"

    /// Chains of everybody's, and the comments of the incumbent's rules in them.
    private static let comments: [(chain: Nftables.Chain, comments: [String])] = [
        (Nftables.Chain(table: "nat", name: "POSTROUTING"), ["AWS SNAT CHAIN"]),
        (Nftables.Chain(table: "nat", name: "PREROUTING"), ["AWS, outbound connections", "AWS, CONNMARK"]),
        (Nftables.Chain(table: "mangle", name: "PREROUTING"), ["AWS, primary ENI"]),
    ]

    static func find(in nftables: Nftables) throws(FirewallFailure) -> IncumbentRules {
        let present = try nftables.chains(.ipv4)
        var (names, commands): ([String], [String]) = ([], [])
        for (chain, comments) in comments where present.contains(chain) {
            let place = "ip \(chain.table) \(chain.name)"
            for rule in try nftables.commentedRules(family: .ipv4, of: chain) where comments.contains(rule.comment) {
                names.append("rule \(place) comment \"\(rule.comment)\"")
                commands.append("delete rule \(place) handle \(rule.handle)")
            }
        }
        let chains = present.filter(isOwnChain).map { "chain ip \($0.table) \($0.name)" }
        // All are emptied before one is deleted: they may refer to each other.
        commands += chains.map { "flush \($0)" } + chains.map { "delete \($0)" }
        names += chains
        if present.contains(where: { $0.table == tableName }) {
            names.append("table ip \(tableName)")
            commands.append("delete table ip \(tableName)")
        }
        return IncumbentRules(names: names, commands: commands)
    }

    /// Chains have been numbered from 0; one of another ending is somebody else's.
    private static func isOwnChain(_ chain: Nftables.Chain) -> Bool {
        guard chain.table == "nat", let prefix = chainPrefixes.first(where: chain.name.hasPrefix) else { return false }
        let number = chain.name.dropFirst(prefix.count)
        return !number.isEmpty && number.allSatisfy { $0.isASCII && $0.isNumber }
    }

    /// What there is of it in tables of iptables-legacy.
    static func legacy(in nftables: Nftables) throws(FirewallFailure) -> [String] {
        let signs = chainPrefixes.map { (table: "nat", text: $0 + "0") } + [(table: "mangle", text: "AWS, primary ENI")]
        var found: [String] = []
        for sign in signs where try nftables.legacyTable(sign.table, holds: sign.text) { found.append("\(sign.table) \(sign.text)") }
        return found
    }
}
