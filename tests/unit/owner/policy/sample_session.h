// A session file with everything in it, for tests.
#pragma once

#include <string>

namespace farl::owner {

inline constexpr char const* kGivenSecret = "correct horse battery staple";

inline std::string const kSampleSession = R"(# A shop: a web server in front of a database.
farl: 1
name: shop
approvals:
  needed: 2
  keys:
    alice: 1111111111111111111111111111111111111111111111111111111111111111
    bob: 2222222222222222222222222222222222222222222222222222222222222222
    carol: 3333333333333333333333333333333333333333333333333333333333333333
secrets:
  password: { kind: given, value: correct horse battery staple }
  token: { kind: generated, size: 24, encoding: base64, export: [ { session: statistics } ] }
  ca: { kind: authority, common_name: Shop CA, valid_days: 3650 }
  web: { kind: certificate, authority: ca, common_name: shop.example, hosts: [ shop.example, 192.0.2.1 ], valid_days: 90 }
  mail: { kind: imported, session: office, secret: smtp-password }
services:
  front:
    argv: [ nginx, -c, /etc/nginx.conf ]
    environment:
      LANG: C
      TOKEN: { secret: token }
    working_directory: /srv
    files:
      /etc/nginx.conf: { content: "worker_processes 2;\n", mode: 0444 }
      /etc/tls/key.pem: { content: { secret: web, part: key } }
    volumes:
      uploads: { path: /srv/uploads, rollback: lazy }
    network:
      listen:
        - { port: 443, mode: tls-server, certificate: web }
        - { port: 80, mode: refuse }
      connect:
        - { host: db.example, port: 5432, mode: tls-client, certificate: web, authority: ca }
    image: { key: { secret: token }, tag: 000102030405060708090a0b0c0d0e0f }
    user: { uid: 999, gid: 998, groups: [ 4, 20 ] }
    console: shielded
    starts: 1
    attestation:
      mrenclave:
        - 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
      tcb: [ UpToDate, SWHardeningNeeded ]
      platforms: [ 000102030405060708090a0b0c0d0e0f ]
  database:
    argv: [ postgres ]
    environment: { PGPASSWORD: { secret: password } }
    attestation:
      signer: { mrsigner: ff3fe81571cacaf0a1328601df3526bab2612d1ee81406f9257432d7c11395ce, product: 1, minimum_svn: 3 }
      emulated: any
)";

} // namespace farl::owner
