import CapacityPlanner
import Timeline

// The pods of a workload are replaced, as a Deployment and a DaemonSet do it.
extension ClusterSimulation {
    mutating func beginRoll(_ name: String) {
        guard let workload = workloads.firstIndex(where: { $0.workload.name == name }) else { return script = .over }
        for pod in workloads[workload].live { pods[Int(pod)].isOld = true }
        script = .roll(workload: workload)
    }

    mutating func advanceRoll(_ workload: Int) {
        let ready = workloads[workload].workload.rollout.ready
        var (old, young) = (RollCount(), RollCount())
        let since = (now - ready).nanoseconds
        // Field by field: a pod that is taken out of the list is copied with all it holds.
        for pod in workloads[workload].live {
            let isRunning = pods[Int(pod)].phase == .running
            if pods[Int(pod)].isOld {
                old.add(isAvailable: isRunning)
            } else {
                young.add(isAvailable: isRunning && pods[Int(pod)].since <= since)
            }
        }
        guard old.all > 0 || young.available < young.all else { return script = .over }
        workloads[workload].isDaemon ? rollDaemon(workload, old, young) : rollDeployment(workload, old, young)
    }

    private struct RollCount {
        var all = 0
        var available = 0

        mutating func add(isAvailable: Bool) {
            all += 1
            if isAvailable { available += 1 }
        }
    }

    private mutating func rollDeployment(_ workload: Int, _ old: RollCount, _ young: RollCount) {
        let rollout = workloads[workload].workload.rollout
        guard case .pods(let size) = workloads[workload].workload.size, old.all > 0 else { return }
        let surge = rollout.surge.up(of: size)
        let unavailable = max(surge == 0 ? 1 : 0, rollout.unavailable.down(of: size))
        // Pods without an address are of no use and go first.
        let useless = old.all - old.available
        let mayEnd = useless + max(0, min(old.available, old.available + young.available - (size - unavailable)))
        let ended = end(min(old.all, mayEnd), ofOld: workload)
        let all = old.all + young.all - ended
        for _ in 0..<max(0, min(size - young.all, size + surge - all)) { createPod(of: workload) }
    }

    private mutating func end(_ count: Int, ofOld workload: Int) -> Int {
        guard count > 0 else { return 0 }
        let old = workloads[workload].live.filter { pods[Int($0)].isOld }
        let chosen = old.filter { pods[Int($0)].phase != .running } + old.filter { pods[Int($0)].phase == .running }
        for pod in chosen.prefix(count) { end(pod) }
        return min(count, chosen.count)
    }

    /// One node at a time, whose pod is gone before the next one comes (`maxUnavailable: 1`).
    private mutating func rollDaemon(_ workload: Int, _ old: RollCount, _ young: RollCount) {
        guard old.all > 0 else { return }
        let places = workloads[workload].cells.reduce(0) { $0 + cells[$1].nodesToStay }
        guard old.available + young.available >= places else { return }
        guard let pod = workloads[workload].live.first(where: { pods[Int($0)].isOld }) else { return }
        end(pod)
    }
}
