import SystemPackage

/// An OVA: the description of a virtual machine, digests, and a disk, in one tar archive. The machine is that of upstream's
/// template, which ovftool expands there: a 64-bit guest of VMware's, a paravirtual SCSI disk and network card, a CD drive.
/// Pure.
struct VirtualAppliance: Hashable, Sendable {
  /// Of the artifact, without suffix; its files are called by it.
  var name: String
  /// Folder in which they are put together.
  var folder: FilePath
  /// Seconds since 1970.
  var timestamp: Int

  var disk: FilePath { folder.appending("\(name)-disk1.vmdk") }
  var description: FilePath { folder.appending("\(name).ovf") }

  func convert(_ raw: FilePath) -> [String] {
    [
      "qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o",
      "subformat=streamOptimized,adapter_type=lsilogic,hwversion=13", raw.string, disk.string,
    ]
  }

  /// As upstream, the digests are SHA-1's; by bare names, so that they can be checked where the archive is unpacked.
  func sign() -> [String] {
    [
      "sh", "-ec", #"cd "$1"; openssl sha1 "$2-disk1.vmdk" "$2.ovf" > "$2.mf""#, "sh", folder.string, name,
    ]
  }

  func pack(to file: FilePath) -> [String] {
    [
      "tar", "--format=ustar", "--owner=0", "--group=0", "--numeric-owner", "--mode=0644",
      "--mtime=@\(timestamp)",
      "-cf", file.string, "-C", folder.string, "\(name).ovf", "\(name).mf", "\(name)-disk1.vmdk",
    ]
  }

  /// The OVF envelope.
  ///
  /// - Parameters:
  ///   - fileSize: bytes of the disk's file.
  ///   - capacity: bytes that the guest sees.
  ///   - version: of the release.
  ///   - isEFI: how it boots.
  func envelope(fileSize: Int, capacity: Int, version: String, isEFI: Bool) -> String {
    let firmware =
      isEFI ? "\n      <vmw:Config ovf:required=\"false\" vmw:key=\"firmware\" vmw:value=\"efi\"/>" : ""
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" \
      xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" \
      xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" \
      xmlns:vmw="http://www.vmware.com/schema/ovf" \
      xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
        <References>
          <File ovf:href="\(escaped(name))-disk1.vmdk" ovf:id="file1" ovf:size="\(fileSize)"/>
        </References>
        <DiskSection>
          <Info>Virtual disks</Info>
          <Disk ovf:capacity="\(capacity)" ovf:diskId="vmdisk1" ovf:fileRef="file1" \
      ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
        </DiskSection>
        <NetworkSection>
          <Info>Networks</Info>
          <Network ovf:name="None"><Description>The None network</Description></Network>
        </NetworkSection>
        <VirtualSystem ovf:id="vm">
          <Info>A virtual machine</Info>
          <Name>Azure Linux</Name>
          <OperatingSystemSection ovf:id="102" vmw:osType="otherGuest64">
            <Info>The guest</Info>
          </OperatingSystemSection>
          <VirtualHardwareSection>
            <Info>Virtual hardware</Info>
            <System>
              <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
              <vssd:InstanceID>0</vssd:InstanceID>
              <vssd:VirtualSystemIdentifier>Azure Linux</vssd:VirtualSystemIdentifier>
              <vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType>
            </System>
      \(Self.devices.map(\.text).joined(separator: "\n"))\(firmware)
          </VirtualHardwareSection>
          <ProductSection>
            <Info>The installed software</Info>
            <Product>Azure Linux</Product>
            <Vendor>Microsoft Corporation</Vendor>
            <Version>\(escaped(version))</Version>
            <FullVersion>\(escaped(version))</FullVersion>
          </ProductSection>
        </VirtualSystem>
      </Envelope>

      """
  }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
  }

  /// One of the machine, by CIM's names; the elements of an item are in the order of the alphabet.
  private struct Device {
    var name: String
    var type: Int
    var fields: [String: String] = [:]
    var isRequired = true
    var id: Int

    var text: String {
      let all = fields.merging([
        "ElementName": name, "InstanceID": String(id), "ResourceType": String(type),
      ]) { $1 }
      let rows = all.sorted { $0.key < $1.key }.map { "        <rasd:\($0.key)>\($0.value)</rasd:\($0.key)>" }
      return "      <Item\(isRequired ? "" : " ovf:required=\"false\"")>\n"
        + rows.joined(separator: "\n") + "\n      </Item>"
    }
  }

  private static let devices = [
    Device(
      name: "1 virtual CPU", type: 3, fields: ["AllocationUnits": "hertz * 10^6", "VirtualQuantity": "1"],
      id: 1),
    Device(
      name: "2048 MB of memory", type: 4,
      fields: ["AllocationUnits": "byte * 2^20", "VirtualQuantity": "2048"],
      id: 2),
    Device(
      name: "SCSI controller 0", type: 6, fields: ["Address": "0", "ResourceSubType": "VirtualSCSI"], id: 3),
    Device(name: "IDE controller 1", type: 5, fields: ["Address": "1"], id: 4),
    Device(
      name: "CD drive 1", type: 15,
      fields: [
        "AddressOnParent": "0", "AutomaticAllocation": "false", "Parent": "4",
        "ResourceSubType": "vmware.cdrom.remotepassthrough",
      ], isRequired: false, id: 5),
    Device(
      name: "Hard disk 1", type: 17,
      fields: ["AddressOnParent": "0", "HostResource": "ovf:/disk/vmdisk1", "Parent": "3"], id: 6),
    Device(
      name: "Network adapter 1", type: 10,
      fields: [
        "AddressOnParent": "7", "AutomaticAllocation": "true", "Connection": "None",
        "ResourceSubType": "VmxNet3",
      ], id: 7),
  ]
}
