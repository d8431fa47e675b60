import Glibc
import IncumbentState
public import Migration
import NodeConfiguration
import NodeInstall
public import NodePorts

/// Looks at a node of the incumbent's and changes nothing.
public struct NodeLook {
    private let files: HostFiles
    private let plugin: String

    /// The incumbent's chains: those in nftables, and those in tables of iptables-legacy.
    public typealias Firewall = (rules: [String], legacy: [String])

    /// - Parameter plugin: Where this process finds the plugin that is to be placed.
    public init(_ files: HostFiles, plugin: String) {
        self.files = files
        self.plugin = plugin
    }

    /// - Parameters:
    ///   - environment: What aws-node is told; nil where it was not given.
    ///   - contents: What the node's network namespace has.
    public func evidence(
        environment: IncumbentEnvironment?, customNetworking: CustomNetworking?, contents: NamespaceContents, firewall: Firewall
    ) -> NodeEvidence {
        let places = files.places
        return NodeEvidence(
            environment: environment, settingNames: Set(NodeVariables.names), refusedSettings: refused(environment),
            customNetworking: customNetworking, conflist: conflist, checkpoint: checkpoint, otherCheckpoints: otherCheckpoints,
            links: contents.links, routes: contents.routes, rules: contents.rules, firewall: firewall.rules,
            legacyFirewall: firewall.legacy,
            running: NodeEvidence.Running(
                incumbent: files.isServed(places.incumbentSocket), policyAgent: files.isServed(places.policyAgentSocket),
                berth: files.isServed(places.pluginSocket)),
            hasPlugin: access(plugin, R_OK) == 0, hasSettingsOfOthers: hasSettingsOfOthers,
            isTakenOver: isTakenOver)
    }

    private var conflist: NodeEvidence.Found<IncumbentConflist> {
        let path = files.places.conflist
        do throws(InstallFailure) {
            guard let bytes = try files.file(path, bytesMax: IncumbentConflist.bytesMax).bytes() else { return .absent(path: path) }
            do throws(IncumbentConflist.Fault) {
                return .found(try IncumbentConflist(json: bytes))
            } catch {
                return .unreadable(
                    path: path, problem: error.problem, remedy: "Name the file of aws-node with --conflist, or let aws-node write it again")
            }
        } catch {
            return .unreadable(path: path, problem: error.problem, remedy: error.remedy)
        }
    }

    private var checkpoint: NodeEvidence.Found<Checkpoint> {
        let path = files.places.checkpoint
        do throws(InstallFailure) {
            guard let bytes = try files.file(path, bytesMax: Checkpoint.bytesMax).bytes() else { return .absent(path: path) }
            do throws(CheckpointError) {
                return .found(try Checkpoint(json: bytes))
            } catch {
                return .unreadable(path: path, problem: error.problem, remedy: error.remedy)
            }
        } catch {
            return .unreadable(path: path, problem: error.problem, remedy: error.remedy)
        }
    }

    /// Those of further network cards that are there and not empty.
    private var otherCheckpoints: [String] {
        files.names(in: files.places.checkpointFolder).filter { $0.hasPrefix("ipam-nic-") && $0.hasSuffix(".json") }.compactMap { name in
            let path = "\(files.places.checkpointFolder)/\(name)"
            let bytes = try? files.file(path, bytesMax: Checkpoint.bytesMax).bytes()
            let checkpoint = bytes.flatMap { try? Checkpoint(json: $0) }
            return checkpoint?.allocations.isEmpty == true ? nil : path
        }
    }

    private var hasSettingsOfOthers: Bool {
        guard let bytes = try? files.file(files.places.settings, bytesMax: NodeFile.bytesMax).bytes() else { return false }
        return !bytes.starts(with: SettingsFile.mark.utf8)
    }

    /// A daemon has had the incumbent's file as it is; or the list is ours and the file went with a restart of the node.
    private var isTakenOver: Bool {
        let places = files.places
        guard let bytes = try? files.file(places.checkpoint, bytesMax: Checkpoint.bytesMax).bytes() else {
            guard case .absent = checkpoint else { return false }
            return conflist.value?.isAdopted ?? false
        }
        let taken = try? files.file(places.handedOver, bytesMax: Checkpoint.bytesMax).bytes()
        return taken == bytes
    }

    private func refused(_ environment: IncumbentEnvironment?) -> [NodeEvidence.RefusedSetting] {
        (environment?.variables ?? [:]).sorted { $0.key < $1.key }.flatMap { name, value -> [NodeEvidence.RefusedSetting] in
            guard !value.isEmpty, NodeVariables.names.contains(name) else { return [] }
            var faults: [ConfigurationFault] = []
            _ = NodeVariables([name: (value, "aws-node")], faults: &faults)
            return faults.map { fault in
                NodeEvidence.RefusedSetting(
                    name: name, problem: "\(fault.problem), of which aws-node makes its default",
                    remedy: "\(fault.remedy), or take it out of the DaemonSet")
            }
        }
    }
}
