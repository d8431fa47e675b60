import Foundation
import NetlinkAdapter
import NetworkSnapshots

extension NetworkNamespace {
    /// Everything that `ip`, `nft` and the sysctls tell of the namespace, to compare with later byte for byte.
    ///
    /// - Parameter isForeign: Tells of a line, with the command it comes from, whether it is looked at.
    func text(where isForeign: (_ title: String, _ line: String) -> Bool = { _, _ in true }) throws -> NamespaceSnapshot {
        try NamespaceSnapshot(of: URL(fileURLWithPath: path).lastPathComponent, where: isForeign)
    }

    /// The same, once IPv6 has found the addresses of its links unique.
    func settledText() throws -> NamespaceSnapshot {
        var text = try text()
        _ = try eventually {
            text = try self.text()
            return text.isSettled
        }
        return text
    }
}
