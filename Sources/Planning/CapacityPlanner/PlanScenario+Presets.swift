extension PlanScenario {
    /// Whose arithmetic says what nodes keep attached. That of peers is for comparison, in formulas alone.
    public enum Preset: Hashable, Sendable {
        /// The engine of this project's daemon.
        case berth
        /// The Amazon VPC CNI: the same settings and the same figures at rest.
        case vpcCNI
        case cilium(Cilium)
        case azure(Azure)
        /// EKS Auto Mode: always prefixes, single addresses where no block is free. AWS says that a pool is kept warm and not how
        /// large; it is taken for one prefix (EKS User Guide, "Auto Mode networking").
        case autoMode
    }

    /// Watermarks of Cilium's ENI mode, with its defaults (Cilium documentation, "AWS ENI", `CiliumNode` fields).
    public struct Cilium: Hashable, Sendable {
        /// Addresses kept beside those in use (`pre-allocate`).
        public var preAllocate: Int
        /// The least that a node has (`min-allocate`).
        public var minAllocate: Int
        /// What is asked for beyond, when anything is (`max-above-watermark`).
        public var maxAboveWatermark: Int

        public init(preAllocate: Int = 8, minAllocate: Int = 0, maxAboveWatermark: Int = 0) {
            self.preAllocate = preAllocate
            self.minAllocate = minAllocate
            self.maxAboveWatermark = maxAboveWatermark
        }

        /// Addresses that a node holds at most when so many are in use (formula 23).
        public func held(inUse: Int) -> Int { max(minAllocate, inUse + preAllocate) + maxAboveWatermark }
    }

    /// Azure CNS's pool monitor, with its defaults (azure-container-networking, `NodeNetworkConfig` scaler).
    public struct Azure: Hashable, Sendable {
        /// Addresses that are asked for at once.
        public var batch: Int
        /// The share of a batch that is to be free, in percent.
        public var freePercent: Int

        public init(batch: Int = 16, freePercent: Int = 50) {
            self.batch = batch
            self.freePercent = freePercent
        }

        /// Addresses of a node with so many in use, its ENIs' own among them: batches · ⌈f + p/B⌉ (formula 23).
        public func target(inUse: Int) -> Int { batch * ((inUse * 100 + freePercent * batch + 100 * batch - 1) / (100 * batch)) }
    }

    /// Which of its free addresses a node gives to a pod.
    public enum Allocation: String, Hashable, Sendable, CaseIterable {
        /// Such that ENIs and prefixes become empty, as Berth's engine does.
        case packed
        /// Any: an ENI or a prefix stays for as long as one pod is on it (formula 22).
        case random
    }
}

extension PlanScenario.Networking {
    /// Whether nodes follow the engine that a simulation runs. Where not, a plan is by formulas alone.
    public var runsBerthsEngine: Bool { preset == .berth && allocation == .packed }
}

extension PlanScenario.Preset {
    /// As a file has it.
    public var name: String {
        switch self {
        case .berth: "berth"
        case .vpcCNI: "vpc-cni"
        case .cilium: "cilium"
        case .azure: "azure"
        case .autoMode: "auto-mode"
        }
    }

    /// Whether the settings of warm targets say what nodes keep.
    var hasTargets: Bool {
        switch self {
        case .berth, .vpcCNI: true
        case .cilium, .azure, .autoMode: false
        }
    }

    /// Whether nodes take single addresses where no block is free (Cilium and EKS Auto Mode do).
    var fallsBackToSingles: Bool {
        switch self {
        case .cilium, .autoMode: true
        case .berth, .vpcCNI, .azure: false
        }
    }
}
