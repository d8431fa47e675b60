import CNISpec
import Conformance
import NetlinkAdapter
import NodePorts
import PodNetwork

/// A container as a runtime has it: an ID and a network namespace, and no process.
struct Sandbox {
    static let ifname = "eth0"

    let containerID: String
    let namespace: NetworkNamespace
    /// What the plugins before the one under test have made of it.
    var earlier: CNIResult?

    init(named name: String) throws(ConformanceError) {
        containerID = name
        do throws(KernelError) {
            namespace = try NetworkNamespace.create(named: name)
        } catch {
            throw ConformanceError(error)
        }
    }

    var netns: String { namespace.path }

    /// The container's link of the plugin; nil without one.
    func link() throws(ConformanceError) -> LinkState? {
        try contents().links.first { $0.name.rawValue == Self.ifname }
    }

    /// Ends the namespace without the plugin's knowledge, as when a node was in trouble.
    func end() throws(ConformanceError) {
        do throws(KernelError) { try namespace.remove() } catch { throw ConformanceError(error) }
    }

    func open() throws(ConformanceError) -> any KernelNamespace {
        do throws(KernelError) { return try NetlinkKernel().openSandbox(namespace.open()) } catch { throw ConformanceError(error) }
    }

    func contents() throws(ConformanceError) -> NamespaceContents {
        let opened = try open()
        do throws(KernelError) { return try opened.contents() } catch { throw ConformanceError(error) }
    }
}
