/// What was measured of pods, as `--output json` prints it. Times are in milliseconds.
struct PodsMeasurement: Codable {
    var machine: Machine
    /// From exec to exit without any work, of the plugin and of a static C program that answers the same.
    var start: [Start]
    var rounds: [Round]
    var budgets: [Budget]

    struct Start: Codable {
        var contender: Contender.Name
        var wall: Distribution
        var cpu: Distribution
    }

    /// What the contenders did with so many pods at once, taking turns.
    struct Round: Codable {
        var atOnce: Int
        var contenders: [Result]

        subscript(_ name: Contender.Name) -> Result? { contenders.first { $0.contender == name } }
    }

    struct Result: Codable {
        var contender: Contender.Name
        var add: Distribution
        var delete: Distribution
        /// Without namespace and result, as containerd sends it when it removes a sandbox.
        var secondDelete: Distribution
        /// All processes; only with one pod at a time, when what the daemon does can be told apart.
        var addCPU: Distribution?
        /// All processes, for an ADD and both DELs.
        var podCPU: Double
        var podsPerSecond: Double
        /// p50 of the ADD by that of the floor and of `ptp` in the same round.
        var addToFloor: Double?
        var addToPtp: Double?
        /// Pods a second by those of `ptp`.
        var rateToPtp: Double?
    }
}

extension PodsMeasurement.Result {
    init(_ name: Contender.Name, _ turns: [Turn.Outcome], atOnce: Int) {
        let pods = turns.flatMap(\.pods)
        func times(_ call: (Pod.Costs) -> Pod.Cost) -> Distribution { Distribution(pods.map { call($0).wall.milliseconds }) }
        contender = name
        add = times(\.add)
        delete = times(\.delete)
        secondDelete = times(\.secondDelete)
        addCPU = atOnce == 1 ? Distribution(pods.map { ($0.add.pluginCPU + $0.add.daemonCPU).milliseconds }) : nil
        podCPU = turns.map(\.cpu.milliseconds).reduce(0, +) / Double(pods.count)
        podsPerSecond = Double(pods.count) / turns.map(\.wall.seconds).reduce(0, +)
    }
}

extension PodsMeasurement.Round {
    init(atOnce: Int, _ results: [PodsMeasurement.Result]) {
        self.atOnce = atOnce
        contenders = results
        let (floor, ptp) = (self[.floor], self[.ptp])
        for index in contenders.indices {
            contenders[index].addToFloor = floor.map { contenders[index].add.p50 / $0.add.p50 }
            contenders[index].addToPtp = ptp.map { contenders[index].add.p50 / $0.add.p50 }
            contenders[index].rateToPtp = ptp.map { contenders[index].podsPerSecond / $0.podsPerSecond }
        }
    }
}
