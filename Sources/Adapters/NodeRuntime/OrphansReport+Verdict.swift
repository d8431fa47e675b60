import NodePorts
import NodeReports

extension OrphansReport.ENI {
    init(_ finding: OrphanSweep.Finding, isSweeping: Bool) {
        let eni = finding.eni
        self.init(
            id: eni.id, subnet: eni.subnet, ageSeconds: eni.age.map { Int($0.components.seconds) }, instance: eni.tags[ENITag.instance],
            cluster: eni.tags[ENITag.cluster], isOrphan: finding.isOrphan, code: finding.verdict.code, reason: finding.verdict.sentence,
            action: finding.isOrphan && isSweeping ? "delete" : "keep")
    }
}

extension OrphanRule.Verdict {
    /// Stable, for programs.
    var code: String {
        switch self {
        case .orphan: "orphan"
        case .kept(.notOfANode): "not-of-a-node"
        case .kept(.keptByOthers): "kept-by-others"
        case .kept(.ofAnotherCluster): "other-cluster"
        case .kept(.clusterNotNamed): "cluster-not-named"
        case .kept(.withoutAge): "age-unknown"
        case .kept(.young): "too-young"
        case .kept(.ownerLives): "owner-exists"
        case .kept(.ownerUnknown): "owner-unknown"
        case .kept(.inUseHere): "in-use-here"
        }
    }

    var sentence: String {
        switch self {
        case .orphan(let maker): "the node of \(maker) made it and is not coming back for it"
        case .kept(.notOfANode(let lacking)): "no node made it: \(lacking) is missing"
        case .kept(.keptByOthers(let whom)): "it is kept by \(whom)"
        case .kept(.ofAnotherCluster(let name?)): "it is of the cluster \(name), not of this node's"
        case .kept(.ofAnotherCluster(nil)): "it has no tag \(ENITag.cluster), as this node's cluster gives it"
        case .kept(.clusterNotNamed): "another node made it, and CLUSTER_NAME does not say whether one of this cluster"
        case .kept(.withoutAge): "its tag \(ENITag.createdAt) is missing or no time"
        case .kept(.young(let age)):
            "it is \(age.components.seconds) s old; before \(OrphanRule.ageMin.components.seconds) s it may be on its way to a node"
        case .kept(.ownerLives(let maker)): "the instance \(maker) that made it exists"
        case .kept(.ownerUnknown(let maker)): "EC2 did not say whether \(maker) exists; the role may lack ec2:DescribeInstances"
        case .kept(.inUseHere): "this node is about to attach or delete it, or awaits the answer to a request that may have made it"
        }
    }
}
