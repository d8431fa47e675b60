import Foundation
import Testing

extension EndToEnd {
    /// `berth max-pods` from outside; it needs no node.
    @Suite struct MaxPodsCommand {
        private struct Answer: Decodable, Equatable {
            var schema: String
            var instanceType: String
            var mode: String
            var customNetworking: Bool
            var maxPods: Int
            var limitedBy: String
            var groupMaxPods: Int?
        }

        private func maxPods(_ arguments: [String]) throws -> ChildProcess.Outcome {
            try ChildProcess.run([Programs.berth, "max-pods"] + arguments)
        }

        private func answers(_ arguments: [String]) throws -> [Answer] {
            let outcome = try maxPods(arguments + ["--output", "json"])
            #expect(outcome.status == 0, "\(outcome)")
            return try outcome.output.split(separator: "\n").map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
        }

        /// The figures of the EKS User Guide and of the VPC CNI's own tables.
        @Test(arguments: [
            ("t3.medium", "secondary", false, 17, "addresses"), ("t3.medium", "secondary", true, 12, "addresses"),
            ("m5.large", "secondary", false, 29, "addresses"), ("m5.large", "secondary", true, 20, "addresses"),
            ("m5.large", "prefix", false, 110, "recommended-maximum"), ("m5.large", "prefix", true, 110, "recommended-maximum"),
            ("m5.24xlarge", "prefix", false, 250, "recommended-maximum"), ("m5.24xlarge", "secondary", false, 250, "recommended-maximum"),
            ("t3.nano", "prefix", false, 34, "addresses"), ("t3.nano", "ipv6", false, 34, "addresses"),
            ("m4.4xlarge", "prefix", false, 110, "recommended-maximum"), ("m4.large", "prefix", false, 20, "no-prefix-delegation"),
            ("p5.48xlarge", "secondary", false, 100, "addresses"), ("m5.large", "dual", false, 29, "addresses"),
            ("m5.large", "dual-prefix", false, 110, "recommended-maximum"),
        ])
        func aTypeHasTheFigureThatIsPublished(type: String, mode: String, custom: Bool, maxPods: Int, limitedBy: String) throws {
            let arguments = ["--instance-type", type, "--mode", mode] + (custom ? ["--custom-networking"] : [])
            #expect(
                try answers(arguments) == [
                    Answer(
                        schema: "berth/max-pods/1", instanceType: type, mode: mode, customNetworking: custom, maxPods: maxPods,
                        limitedBy: limitedBy, groupMaxPods: nil)
                ])
        }

        @Test func theCapAndTheTrunkAreTheCallersChoice() throws {
            #expect(try answers(["--instance-type", "m5.large", "--mode", "prefix", "--uncapped"]).map(\.maxPods) == [434])
            let custom = ["--instance-type", "m5.large", "--mode", "prefix", "--uncapped", "--custom-networking"]
            #expect(try answers(custom).map(\.maxPods) == [290])
            #expect(try answers(["--instance-type", "m5.large", "--pod-eni"]).map(\.maxPods) == [20])
            #expect(try answers(["--instance-type", "t3.medium", "--pod-eni"]).map(\.maxPods) == [17], "no trunk on a t3")
        }

        @Test func aMixedGroupGoesByItsSmallestType() throws {
            let answers = try answers(["--instance-type", "m5.xlarge,m5.large", "--instance-type", "c5.2xlarge"])
            #expect(answers.map(\.instanceType) == ["m5.xlarge", "m5.large", "c5.2xlarge"])
            #expect(answers.map(\.maxPods) == [58, 29, 58] && answers.map(\.groupMaxPods) == [29, 29, 29])
            #expect(try maxPods(["--instance-type", "m5.xlarge,m5.large"]).output.hasSuffix("Together in one group: 29, the smallest.\n"))
        }

        @Test func everyTypeIsTold() throws {
            let all = try answers(["--all"])
            #expect(all.count == 1433 && all.allSatisfy { $0.maxPods >= 2 && $0.groupMaxPods == nil })
            let ipv6 = try answers(["--all", "--mode", "ipv6"])
            let names = Set(ipv6.map(\.instanceType))
            #expect(names.count < 1433 && names.contains("m5.large") && !names.contains("m4.large"))
        }

        @Test(arguments: [
            ("kubelet", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 29\n"),
            ("karpenter", "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nspec:\n  kubelet:\n    maxPods: 29\n"),
            ("nodeadm", "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config:\n      maxPods: 29\n"),
        ])
        func aFormatIsWhatAKubeletsConfigurationTakes(format: String, document: String) throws {
            let outcome = try maxPods(["--instance-type", "m5.large,m5.xlarge", "--format", format])
            #expect(outcome.output == "# secondary: m5.large 29, m5.xlarge 58\n" + document && outcome.status == 0)
        }

        @Test func whatATypeCannotDoIsToldBesideTheFigure() throws {
            #expect(try maxPods(["--instance-type", "m4.large", "--mode", "prefix"]).errors.contains("takes no prefixes"))
            #expect(try maxPods(["--instance-type", "t3.medium", "--pod-eni"]).errors.contains("takes no trunk"))
            let single = try maxPods(["--instance-type", "hpc6id.32xlarge", "--custom-networking"])
            #expect(single.errors.contains("no ENI left for pods") && single.status == 0)
        }

        @Test(arguments: [
            (["--instance-type", "m5.larg"], "Did you mean m5.large"), (["--instance-type", ""], "none of the 1433"), ([], "--all"),
            (["--instance-type", "m5.large", "--all"], "--all"), (["--instance-type", "m5.large,,"], "none of the 1433"),
            (["--instance-type", String(repeating: "x", count: 100_000)], "a text of 100000 bytes"),
            (["--instance-type", "m5.large", "--mode", "overlay"], "secondary"),
            (["--instance-type", "m5.large", "--format", "toml"], "karpenter"),
            (["--instance-type", "m4.large", "--mode", "ipv6"], "not built on Nitro"),
            (["--instance-type", "m5.large", "--mode", "ipv6", "--custom-networking"], "leave out --custom-networking"),
            (["--instance-type", "m5.large", "--format", "kubelet", "--output", "json"], "in place of"),
        ])
        func badInputIsRefusedWithARemedy(arguments: [String], remedy: String) throws {
            let outcome = try maxPods(arguments)
            #expect(outcome.status == 2 && outcome.output == "" && outcome.errors.contains(remedy), "\(outcome)")
        }

        @Test func everyUnknownTypeIsToldAtOnce() throws {
            let errors = try maxPods(["--instance-type", "m5.larg,c5.tiny,m5.large"]).errors
            #expect(errors.contains("\"m5.larg\"") && errors.contains("\"c5.tiny\"") && !errors.contains("\"m5.large\""))
        }
    }
}
