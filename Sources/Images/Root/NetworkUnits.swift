import AzureLinux
import Foundation

/// What systemd-networkd reads of the configuration's networks. Pure.
enum NetworkUnits {
  static func files(_ networks: [ImageConfiguration.Network]) -> [PreparedFile] {
    networks.filter(\.onBoot).map { network in
      let device = network.device.replacing(":", with: "-")
      let kind = network.bootProtocol.rawValue
      return PreparedFile(
        "/etc/systemd/network/10-\(kind.isEmpty ? "dhcp" : kind)-\(device).network", .text(text(network)))
    }
  }

  /// A device is named by its interface, or by its address.
  static func text(_ network: ImageConfiguration.Network) -> String {
    let isAddress = network.device.wholeMatch(of: /([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}/) != nil
    var lines = ["[Match]", (isAddress ? "MACAddress=" : "Name=") + network.device, "", "[Network]"]
    if network.bootProtocol.findsAddresses { lines.append("DHCP=yes") }
    if !network.address.isEmpty {
      lines.append("Address=\(network.address)" + (prefix(network.netmask).map { "/\($0)" } ?? ""))
    }
    if !network.gateway.isEmpty { lines.append("Gateway=\(network.gateway)") }
    lines += network.nameServers.map { "DNS=\($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// How many bits of a mask like 255.255.255.0 are set.
  private static func prefix(_ mask: String) -> Int? {
    let bytes = mask.split(separator: ".").compactMap { UInt8($0) }
    return bytes.count == 4 ? bytes.reduce(0) { $0 + $1.nonzeroBitCount } : nil
  }
}
