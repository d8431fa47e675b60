import Addressing
import NetlinkAdapter
import PodNetwork
import Testing

/// The request for a VLAN link against rtnetlink(7) and `linux/if_link.h`, since not every kernel that runs the tests has VLANs.
@Suite struct VLANRequestTests {
    @Test func theRequestForAVLANLinkIsTheOneOfTheManualPage() throws {
        let vlan = VLANLink(
            name: LinkName(literal: "vlan.eth.7"), parent: LinkName(literal: "eth3"), id: 7, mac: MACAddress(bits: 0x0600_0000_0007),
            mtuBytes: 9001)
        let fields = [
            "78000000 1000 0006 00000000 00000000",  // 120 bytes, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL
            "00 00 0000 01000040 01000000 01000000",  // struct ifinfomsg: the chosen index, IFF_UP to be set
            "0a00 0100 060000000007 0000",  // IFLA_ADDRESS
            "0800 0400 29230000",  // IFLA_MTU, 9001
            "0f00 0300 766c616e2e6574682e3700 00",  // IFLA_IFNAME, vlan.eth.7
            "0800 0500 03000000",  // IFLA_LINK, the trunk
            "0800 1f00 01000000",  // IFLA_NUM_TX_QUEUES
            "0800 2000 01000000",  // IFLA_NUM_RX_QUEUES
            "1c00 1280",  // IFLA_LINKINFO, nested
            "0900 0100 766c616e00 000000",  // IFLA_INFO_KIND, vlan
            "0c00 0280",  // IFLA_INFO_DATA, nested
            "0600 0100 0700 0000",  // IFLA_VLAN_ID
        ]
        let bytes = try LinkRequests.bytes(making: vlan, index: 0x4000_0001, parent: 3)
        #expect(hex(bytes) == fields.joined().filter { $0 != " " })
    }

    @Test(arguments: [-1, 65536]) func aNumberThatDoesNotFitTheTagIsNotSent(id: Int) {
        let vlan = VLANLink(name: .loopback, parent: .loopback, id: id, mac: MACAddress(bits: 1), mtuBytes: 9001)
        #expect(throws: KernelErrno.outOfRange) { try LinkRequests.bytes(making: vlan, index: 0, parent: 3) }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
