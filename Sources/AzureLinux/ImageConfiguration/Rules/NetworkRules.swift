import Foundation

/// Rules about one network device.
struct NetworkRules {
  let findings: FindingList
  let path: String

  func check(_ network: ImageConfiguration.Network) {
    let addresses =
      [("Ip", network.address), ("NetMask", network.netmask), ("GateWay", network.gateway)]
      + network.nameServers.enumerated().map { ("NameServer[\($0.offset)]", $0.element) }
    for (key, address) in addresses {
      if address.isEmpty, network.bootProtocol.findsAddresses { continue }
      if !Self.isAddress(address) {
        findings.add(
          .address, "\(path).\(key)",
          address.isEmpty
            ? "is needed with BootProto \(network.bootProtocol.rawValue)"
            : "\"\(address)\" is not an IP address")
      }
    }
    if isBlank(network.device) {
      findings.add(.blank, "\(path).Device", "is needed: a name, a MAC address, or bootif")
    }
  }

  static func isAddress(_ text: String) -> Bool {
    var (four, six) = (in_addr(), in6_addr())
    return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
  }
}
