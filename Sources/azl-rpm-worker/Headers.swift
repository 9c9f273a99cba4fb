import AzureLinux
import CRPM
import Foundation

/// Values out of librpm headers.
enum Headers {
  static func string(_ header: Header, _ tag: rpmTag_e) -> String {
    headerGetString(header, rpmTagVal(tag.rawValue)).map { String(cString: $0) } ?? ""
  }

  static func strings(_ header: Header, _ tag: rpmTag_e) -> [String] {
    guard let data = rpmtdNew() else { return [] }
    defer { rpmtdFree(data) }
    guard headerGet(header, rpmTagVal(tag.rawValue), data, headerGetFlags(HEADERGET_DEFAULT.rawValue)) == 1
    else {
      return []
    }
    defer { rpmtdFreeData(data) }
    var values: [String] = []
    while let value = rpmtdNextString(data) { values.append(String(cString: value)) }
    return values
  }

  static func nevra(_ header: Header) -> NEVRA {
    let hasEpoch = headerIsEntry(header, rpmTagVal(RPMTAG_EPOCH.rawValue)) == 1
    return NEVRA(
      name: string(header, RPMTAG_NAME),
      evr: EVR(
        epoch: hasEpoch ? Int(headerGetNumber(header, rpmTagVal(RPMTAG_EPOCH.rawValue))) : nil,
        version: string(header, RPMTAG_VERSION), release: string(header, RPMTAG_RELEASE)),
      arch: string(header, RPMTAG_ARCH))
  }

  static func dependencies(_ header: Header, _ tag: rpmTag_e) -> [Dependency] {
    guard let set = rpmdsNew(header, rpmTagVal(tag.rawValue), 0) else { return [] }
    defer { rpmdsFree(set) }
    var found: Set<Dependency> = []
    while rpmdsNext(set) >= 0 {
      guard let name = rpmdsN(set).map({ String(cString: $0) }), !name.hasPrefix("rpmlib(") else { continue }
      let evr = rpmdsEVR(set).map { String(cString: $0) } ?? ""
      let flags = rpmdsFlags(set)
      let op =
        (flags & RPMSENSE_LESS.rawValue != 0 ? "<" : "") + (flags & RPMSENSE_GREATER.rawValue != 0 ? ">" : "")
        + (flags & RPMSENSE_EQUAL.rawValue != 0 ? "=" : "")
      let text = op.isEmpty || evr.isEmpty ? name : "\(name) \(op) \(evr)"
      found.insert(
        name.hasPrefix("(")
          ? Dependency(text: name, name: "")
          : Dependency(text: text, name: name, op: evr.isEmpty ? "" : op, evr: evr))
    }
    return found.sorted { $0.text < $1.text }
  }
}
