import ArgumentParser
import FoundationEssentials
import InstanceTypes
import TextTable

/// What is printed of a figure: a table, or what a kubelet's configuration takes.
enum MaxPodsFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    /// A KubeletConfiguration.
    case kubelet
    /// The part of an EC2NodeClass.
    case karpenter
    /// The part of a NodeConfig, which AMIs of EKS read.
    case nodeadm
}

/// The types that were asked for together.
struct MaxPodsGroup {
    private let answers: [MaxPodsAnswer]
    /// What every node of a group with mixed types can be told: a managed group has one figure. Nil for types that share none.
    private let groupMaxPods: Int?

    /// - Parameter isOneGroup: Whether nodes of all the types are to be told the same.
    init(answers: [MaxPodsAnswer], isOneGroup: Bool) {
        let least = isOneGroup ? answers.map(\.maxPods).min() : nil
        groupMaxPods = least
        self.answers = answers.map { answer in
            var answer = answer
            answer.groupMaxPods = answers.count > 1 ? least : nil
            return answer
        }
    }

    /// One object a line.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try answers.map { String(decoding: try encoder.encode($0), as: UTF8.self) }.joined(separator: "\n")
        }
    }

    func text(_ format: MaxPodsFormat) -> String {
        switch format {
        case .table: table
        case .kubelet: document("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", [])
        case .karpenter: document("karpenter.k8s.aws/v1", "EC2NodeClass", ["spec:", "kubelet:"])
        case .nodeadm: document("node.eks.aws/v1alpha1", "NodeConfig", ["spec:", "kubelet:", "config:"])
        }
    }

    private func document(_ version: String, _ kind: String, _ path: [String]) -> String {
        let types = answers.map { "\($0.instanceType) \($0.maxPods)" }.joined(separator: ", ")
        let mode = answers.first.map { $0.mode + ($0.customNetworking ? ", custom networking" : "") } ?? ""
        let lines = path + ["maxPods: \(groupMaxPods ?? 0)"]
        let indented = lines.enumerated().map { depth, line in String(repeating: "  ", count: depth) + line }
        return (["# \(mode): \(types)", "apiVersion: \(version)", "kind: \(kind)"] + indented).joined(separator: "\n")
    }

    private var table: String {
        let table = TextTable<MaxPodsAnswer> { answer in
            [
                Column("TYPE" <- answer.instanceType),
                Column("MODE" <- answer.mode),
                Column("VCPUS" <- answer.vcpus.map(String.init) ?? "-", align: .right),
                Column("ENIS" <- answer.enis, align: .right),
                Column("IPV4/ENI" <- answer.ipv4AddressesPerENI, align: .right),
                Column("BY ADDRESSES" <- answer.maxPodsByAddresses, align: .right),
                Column("MAX PODS" <- answer.maxPods, align: .right),
                Column("LIMITED BY" <- answer.limitedBy.rawValue),
            ]
        }
        let lines = Tables.lines(table.string(for: answers, style: Style.plain))
        guard let groupMaxPods, answers.count > 1 else { return lines }
        return lines + "\n\nTogether in one group: \(groupMaxPods), the smallest."
    }
}
