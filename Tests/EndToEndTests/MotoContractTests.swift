import NodePortsTesting
import Testing

extension EndToEnd {
    /// The contract of EC2, kept by an EC2 that is not ours, through the client that the daemon has.
    @Suite(.enabled(if: MotoInstance.isInstalled, "needs moto; run: make setup-test")) struct MotoContract {
        /// What moto 5.2 does without, and why it cannot be held to it.
        private static let lacking: [EC2Contract.Need: String] = [
            .prefixes: "Ipv4PrefixCount is ignored",
            .ipv6Prefixes: "Ipv6PrefixCount is ignored",
            .clientTokens: "ClientToken is ignored: each request makes an ENI",
            .limits: "instance types have no limits, places can be taken twice, and addresses be held twice",
            .deleteOnTermination: "Attachment.DeleteOnTermination is ignored",
            .exactAnswers: "AssignPrivateIpAddresses tells every address of the ENI",
        ]

        @Test func motoKeepsEveryCaseThatItHasTheMeansFor() async throws {
            let cases = EC2Contract.cases.filter { $0.needs.isDisjoint(with: Self.lacking.keys) }
            #expect(cases.count >= 10)
            try await MotoServer.run { moto in
                for `case` in cases {
                    let world = try await moto.world()
                    #expect(await `case`.failures(in: world) == [], "\(`case`)")
                }
            }
        }

        @Test func whatIsLeftOutIsWhatItCannotDo() async throws {
            try await MotoServer.run { moto in
                for (need, reason) in Self.lacking {
                    var failures: [String] = []
                    for `case` in EC2Contract.cases where `case`.needs == [need] {
                        failures += await `case`.failures(in: try await moto.world())
                    }
                    #expect(failures != [], "moto keeps what was left out because \(reason)")
                }
            }
        }
    }
}
