import CNISpec
public import Conformance
import Glibc
import JSON
import NetlinkAdapter
import NodePorts

/// Drives a plugin through the whole checklist. It needs root, and runs on one thread.
public struct ConformanceRun {
    private let plugin: PluginUnderTest
    private let stop: StopRequest
    private let host: any KernelNamespace
    private var calls: [PluginCall] = []
    private var trials = 0

    /// - Throws: ``ConformanceError`` when the machine's own namespace cannot be read.
    public init(_ plugin: PluginUnderTest, stop: StopRequest) throws(ConformanceError) {
        self.plugin = plugin
        self.stop = stop
        do throws(KernelError) { host = try NetlinkKernel().openHost() } catch { throw ConformanceError(error) }
        // A plugin may end before it has read its input.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Judges every row and removes what it has made.
    ///
    /// - Throws: ``ConformanceError`` when the run was stopped, or the machine refuses what a runtime needs.
    public mutating func report() throws(ConformanceError) -> ConformanceReport {
        let spoken = try spokenVersions()
        var rows: [Int: ConformanceReport.Row] = [:]
        let ordered = Probe.all.filter { $0.scope != .atEnd } + Probe.all.filter { $0.scope == .atEnd }
        for probe in ordered {
            guard let requirement = Requirement.all.first(where: { $0.id == probe.row }) else { continue }
            rows[probe.row] = try row(requirement, probe, spoken)
        }
        return ConformanceReport(
            plugin: plugin.path, versions: plugin.versions.filter(spoken.contains), rows: Requirement.all.compactMap { rows[$0.id] })
    }

    /// What VERSION lists; of a plugin that does not answer, what was asked for.
    private mutating func spokenVersions() throws(ConformanceError) -> [CNIVersion] {
        let trial = trial(in: .newest, spoken: [])
        defer { trial.cleanUp() }
        let listed = try trial.call(trial.request(.version)).supportedVersions
        return listed.isEmpty ? plugin.versions : listed
    }

    private mutating func row(
        _ requirement: Requirement, _ probe: Probe, _ spoken: [CNIVersion]
    ) throws(ConformanceError) -> ConformanceReport.Row {
        let asked = plugin.versions.filter { $0 >= probe.since }
        guard !asked.isEmpty else {
            return ConformanceReport.Row(requirement, .notApplicable("there is nothing to judge before \(probe.since)"))
        }
        let versions = asked.filter(spoken.contains)
        guard let newest = versions.last else {
            return ConformanceReport.Row(
                requirement, .failed(["the plugin speaks none of \(asked.map(\.rawValue).joined(separator: ", "))"]))
        }
        guard probe.scope == .eachVersion else { return ConformanceReport.Row(requirement, try verdict(probe, newest, spoken)) }
        var verdicts: [VersionVerdict] = []
        for version in versions { verdicts.append(VersionVerdict(version, try verdict(probe, version, spoken))) }
        return ConformanceReport.Row(requirement, Verdict(combining: verdicts), versions: verdicts)
    }

    private mutating func verdict(_ probe: Probe, _ version: CNIVersion, _ spoken: [CNIVersion]) throws(ConformanceError) -> Verdict {
        let trial = trial(in: version, spoken: spoken)
        defer {
            trial.cleanUp()
            calls += trial.calls
        }
        do {
            try probe.run(trial)
        } catch let error as Trial.NotApplicable {
            // A row may find a fault before it meets something that it cannot judge.
            return trial.faults.isEmpty ? .notApplicable(error.reason) : Verdict(faults: trial.faults)
        } catch let error as ConformanceError {
            throw error
        } catch {
            throw ConformanceError("\(error)")
        }
        return Verdict(faults: trial.faults)
    }

    private mutating func trial(in version: CNIVersion, spoken: [CNIVersion]) -> Trial {
        trials += 1
        return Trial(
            plugin, in: version, spoken: spoken, host: host, tag: "conformance-\(getpid())-\(trials)", after: calls, stop: stop)
    }
}

extension PluginCall {
    /// The versions that the answer to VERSION lists and we know, oldest first.
    var supportedVersions: [CNIVersion] {
        (object?["supportedVersions"]?.array ?? []).compactMap { $0.string.flatMap { CNIVersion($0) } }.sorted()
    }
}
