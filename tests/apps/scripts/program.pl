# Hashes, regular expressions, sorting, files, sockets, signals, time: the same lines on every run.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use POSIX qw(floor strftime);
use Time::HiRes qw(usleep);

my %count;
open(my $passwd, '<', '/etc/passwd') or die $!;
while (<$passwd>) {
    chomp;
    my @field = split /:/;
    $count{ $field[-1] }++;
}
close $passwd;
print "$_ $count{$_}\n" for sort keys %count;

my $text = join ',', map { $_ * $_ % 97 } 1 .. 20000;
print length($text), ' ', sha256_hex($text), "\n";
my $found = () = $text =~ /\b(\d)(\d)\b/g;
print "$found pairs\n";
print join(' ', (sort { $a <=> $b } map { $_ * 7919 % 10007 } 1 .. 10000)[ 0 .. 9 ]), "\n";
print strftime('%Y-%m-%d %H:%M:%S', gmtime(86400)), ' ', floor(-1.5), "\n";

my $path = "$ARGV[0]/file";
open(my $out, '>', $path) or die $!;
printf $out "%s\n", 'x' x $_ for 1 .. 500;
close $out;
print -s $path, "\n";
open(my $in, '<', $path) or die $!;
seek($in, -10, 2);
print "tail ", scalar(<$in>);
close $in;
unlink $path or die $!;
print -e $path ? "still there\n" : "gone\n";
print "no file: $!\n" unless open(my $none, '<', '/no/such/file');

my $listener = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listener->sockport) or die $!;
my $server = $listener->accept;
print $client "over loopback\n";
$client->flush;
print 'received ', scalar(<$server>);

local $SIG{ALRM} = sub { print "alarm\n" };
alarm 1;
select(undef, undef, undef, 30);
local $SIG{USR1} = sub { die "signal in eval\n" };
eval { kill 'USR1', $$; usleep 1_000_000; };
print "caught $@";
die "the end\n";
