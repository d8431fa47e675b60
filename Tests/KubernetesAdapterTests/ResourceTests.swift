import JSON
import KubernetesAdapter
import Testing

struct ResourceTests {
    private func object(_ json: String) throws -> JSONObject {
        try #require(try JSONValue(parsing: Array(json.utf8), bytesMax: 1 << 20).object)
    }

    @Test func aNodeTellsWhatANetworkNeedsToKnow() throws {
        let node = NodeResource(
            try object(
                """
                {"metadata": {"name": "n1", "uid": "u", "resourceVersion": "7", "labels": {"zone": "a"}, "annotations": {"b": "c"}},
                "spec": {"unschedulable": true, "providerID": "aws:///us-east-1a/i-1", "taints": [{"key": "k", "effect": "NoSchedule"}]},
                "status": {"capacity": {"pods": "110"}, "allocatable": {"pods": "109"},
                "addresses": [{"type": "InternalIP", "address": "10.0.0.4"}, {"type": "Hostname", "address": "n1"}],
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-02T03:04:05Z"}]}}
                """))
        #expect(node.name == "n1" && node.namespace == nil && node.uid == "u" && node.resourceVersion == "7")
        #expect(node.labels == ["zone": "a"] && node.annotations == ["b": "c"])
        #expect(node.isUnschedulable && node.providerID == "aws:///us-east-1a/i-1")
        #expect(node.taints == [NodeResource.Taint(key: "k", effect: "NoSchedule")])
        #expect(node.capacity == ["pods": "110"] && node.allocatable == ["pods": "109"])
        #expect(node.addresses(ofType: "InternalIP") == ["10.0.0.4"])
        #expect(node.condition("Ready")?.lastTransitionTime == Timestamp(secondsSince1970: 1_767_323_045))
        #expect(!node.isBeingDeleted)
    }

    @Test(arguments: [
        (#"{"phase": "Succeeded"}"#, true), (#"{"phase": "Failed"}"#, true), (#"{"phase": "Running"}"#, false), ("{}", false),
        (#"{"phase": "Unknown"}"#, false), (#"{"phase": 7}"#, false),
    ])
    func aPodIsFinishedWhenItsContainersHaveEndedForGood(status: String, isFinished: Bool) throws {
        #expect(PodResource(try object(#"{"status": \#(status)}"#)).isFinished == isFinished)
    }

    @Test func aPodTellsItsAddressesInOldFormAndNew() throws {
        #expect(PodResource(try object(#"{"status": {"podIP": "10.0.0.9"}}"#)).podIPs == ["10.0.0.9"])
        #expect(
            PodResource(try object(#"{"status": {"podIP": "10.0.0.9", "podIPs": [{"ip": "10.0.0.9"}, {"ip": "fd00::9"}]}}"#)).podIPs
                == ["10.0.0.9", "fd00::9"])
        #expect(PodResource(JSONObject()).podIPs.isEmpty)
    }

    @Test func aPodTellsItsLimits() throws {
        let pod = PodResource(
            try object(
                """
                {"metadata": {"deletionTimestamp": "2026-01-02T03:04:05Z"}, "spec": {"hostNetwork": true, "nodeName": "n1", "containers": [
                {"resources": {"limits": {"vpc.amazonaws.com/pod-eni": "1", "cpu": "500m"}}},
                {"resources": {"limits": {"vpc.amazonaws.com/pod-eni": 1}}}, {}, 7]}}
                """))
        #expect(pod.limits == ["vpc.amazonaws.com/pod-eni": 2])
        #expect(pod.isHostNetwork && pod.nodeName == "n1" && pod.isBeingDeleted)
    }

    @Test func customResourcesTellWhatANodeUses() throws {
        let config = ENIConfigResource(try object(#"{"spec": {"subnet": "subnet-1", "securityGroups": ["sg-1", "sg-2"], "more": 1}}"#))
        #expect(config.subnet == "subnet-1" && config.securityGroups == ["sg-1", "sg-2"])
        var node = CNINodeResource(
            try object(#"{"spec": {"tags": {"a": "b"}, "features": [{"name": "SecurityGroupsForPods"}], "future": true}}"#))
        #expect(node.tags == ["a": "b"])
        node.features.append(CNINodeResource.Feature(name: "CustomNetworking", value: "zone-a"))
        #expect(
            "\(JSONValue.object(node.object))"
                == #"{"spec":{"tags":{"a":"b"},"features":[{"name":"SecurityGroupsForPods"},{"name":"CustomNetworking","value":"zone-a"}],"#
                + #""future":true}}"#)
    }

    @Test func objectsOfAnyShapeAreRead() throws {
        for text in ["{}", #"{"metadata": 1, "spec": [], "status": "x"}"#, #"{"metadata": {"name": 1, "labels": [1]}}"#] {
            let object = try object(text)
            let node = NodeResource(object)
            #expect(node.name == "" && node.labels.isEmpty && node.taints.isEmpty && node.conditions.isEmpty && node.capacity.isEmpty)
            #expect(PodResource(object).limits.isEmpty && PodResource(object).phase == .pending)
            #expect(CNINodeResource(object).features.isEmpty && LeaseResource(object).renewTime == nil)
        }
    }

    @Test func anEventIsCutToWhatTheServerTakes() {
        let event = EventResource(
            .normal, about: EventResource.Subject(NodeResource(name: "n1")), name: "n1.1", reason: String(repeating: "R", count: 200),
            message: String(repeating: "ü", count: 2000), component: "berthd", host: "n1", at: Timestamp(secondsSince1970: 0))
        #expect(event.namespace == "default")
        #expect(event.reason.utf8.count == 128 && event.message.utf8.count <= 1024 && event.message.hasSuffix("ü…"))
    }

    @Test(arguments: [
        ("2026-01-02T03:04:05Z", 1_767_323_045_000_000), ("2026-01-02T03:04:05.000001Z", 1_767_323_045_000_001),
        ("2026-01-02t03:04:05.5z", 1_767_323_045_500_000), ("2026-01-02T05:04:05+02:00", 1_767_323_045_000_000),
        ("2026-01-02T03:04:05.1234567890Z", 1_767_323_045_123_456), ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.5Z", -500_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
    ])
    func momentsAreReadAndWritten(text: String, microseconds: Int64) throws {
        let moment = try #require(Timestamp(rfc3339: text))
        #expect(moment.microsecondsSince1970 == microseconds)
        #expect(Timestamp(rfc3339: moment.withMicroseconds) == moment)
        #expect(moment.withMicroseconds.utf8.count == 27 && moment.description.utf8.count == 20)
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-02-30T03:04:05Z", "2026-01-02T24:04:05Z",
        "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+2:00", "2026-01-02 03:04:05Z", "2O26-01-02T03:04:05Z", "2026-01-02T03:04:05ZZ",
    ])
    func whatIsNoMomentIsRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
