import CapacityPlanner
import IPAMEngine
import NodeConfiguration
import Yams

// Peers whose nodes are to be compared with.
extension PlanReader {
    enum PresetName: String, CaseIterable {
        case berth, cilium, azure
        case vpcCNI = "vpc-cni"
        case autoMode = "auto-mode"
    }

    mutating func readPreset(_ fields: [String: Node]) -> PlanScenario.Preset {
        let name: PresetName = fields["preset"].flatMap { yaml.choice($0, "preset") } ?? .berth
        for (peer, field) in [(PresetName.cilium, "cilium"), (.azure, "azure")] where name != peer {
            guard let node = fields[field] else { continue }
            yaml.fault(node, "\"\(field)\" is given, and preset is \(name.rawValue)", "Set preset to \(field), or remove it")
        }
        if name == .cilium || name == .azure, let settings = fields["settings"] {
            yaml.fault(
                settings, "\"settings\" are of Berth and the VPC CNI, and preset is \(name.rawValue)", "Write \(name.rawValue): {…} instead"
            )
        }
        return switch name {
        case .berth: .berth
        case .vpcCNI: .vpcCNI
        case .cilium: .cilium(fields["cilium"].map { readCilium($0) } ?? PlanScenario.Cilium())
        case .azure: .azure(fields["azure"].map { readAzure($0) } ?? PlanScenario.Azure())
        case .autoMode: .autoMode
        }
    }

    private mutating func readCilium(_ node: Node) -> PlanScenario.Cilium {
        let fields = yaml.fields(of: node, known: ["preAllocate", "minAllocate", "maxAboveWatermark"], required: [])
        var cilium = PlanScenario.Cilium()
        let counts = 0...Self.podsPerNodeMax
        if let count = fields["preAllocate"].flatMap({ yaml.integer($0, "preAllocate", in: counts) }) { cilium.preAllocate = count }
        if let count = fields["minAllocate"].flatMap({ yaml.integer($0, "minAllocate", in: counts) }) { cilium.minAllocate = count }
        if let count = fields["maxAboveWatermark"].flatMap({ yaml.integer($0, "maxAboveWatermark", in: counts) }) {
            cilium.maxAboveWatermark = count
        }
        return cilium
    }

    private mutating func readAzure(_ node: Node) -> PlanScenario.Azure {
        let fields = yaml.fields(of: node, known: ["batch", "free"], required: [])
        var azure = PlanScenario.Azure()
        if let batch = fields["batch"].flatMap({ yaml.integer($0, "batch", in: 1...256) }) { azure.batch = batch }
        if let free = fields["free"].flatMap({ percent($0, "free", in: 0...1000) }) { azure.freePercent = Int(free.rounded()) }
        return azure
    }

    /// What cannot be set is not there to be set.
    mutating func autoMode(_ networking: PlanScenario.Networking, _ fields: [String: Node]) -> PlanScenario.Networking {
        for field in ["settings", "customNetworking", "podENI"] {
            guard let node = fields[field], node.string != "false" else { continue }
            yaml.fault(node, "EKS Auto Mode has no \"\(field)\"", "Remove it, or choose another preset")
        }
        if let mode = fields["mode"], mode.string != "prefix" {
            yaml.fault(mode, "EKS Auto Mode takes prefixes, and mode is \(mode.string ?? "not a text")", "Set it to prefix, or remove it")
        }
        var networking = networking
        (networking.addressing, networking.targets) = (.prefix, WarmTargets())
        return networking
    }
}
