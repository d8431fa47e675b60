import Glibc
import NetlinkAdapter
import NodePorts
import PodNetwork
import Testing

/// Whether this process may make namespaces and links, and whether it must.
enum Privileges {
    static let areHeld = geteuid() == 0
    static let areRequired = getenv("BERTH_REQUIRE_PRIVILEGED").map { String(cString: $0) } == "1"
    static let comment: Comment = "needs root, to make network namespaces; BERTH_REQUIRE_PRIVILEGED=1 makes its absence a failure"
}

@Suite struct PrivilegeTests {
    @Test(.enabled(if: Privileges.areRequired, "BERTH_REQUIRE_PRIVILEGED is not 1"))
    func privilegedTestsCanRunWhereTheyAreRequired() {
        #expect(Privileges.areHeld, "BERTH_REQUIRE_PRIVILEGED=1, but the effective user is \(geteuid()), not root")
    }
}

/// A namespace of the real kernel that exists as long as this object.
final class RealNamespace {
    let name: String
    let netns: Int32
    private let bound: NetworkNamespace

    init() throws {
        name = "berth-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        bound = try NetworkNamespace.create(named: name)
        netns = Glibc.open(bound.path, O_RDONLY | O_CLOEXEC)
        try #require(netns >= 0, "open \(bound.path): error \(errno)")
    }

    /// Opens the namespace as the daemon opens the one of a request.
    func open(chooseIndex: (() -> Int32)? = nil) throws -> NetlinkNamespace {
        let descriptors = try bound.open()
        guard let chooseIndex else { return try NetlinkNamespace(netlink: descriptors.netlink, netns: descriptors.netns) }
        return try NetlinkNamespace(netlink: descriptors.netlink, netns: descriptors.netns, chooseIndex: chooseIndex)
    }

    deinit {
        close(netns)
        do {
            try bound.remove()
        } catch {
            Issue.record("\(error)")
        }
    }
}
