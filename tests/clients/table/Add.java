// SPDX-License-Identifier: BSD-3-Clause
// Add FILE N: adds the dataset yN with 1000 times N.

import ch.systemsx.cisd.hdf5.HDF5Factory;
import ch.systemsx.cisd.hdf5.IHDF5Writer;
import java.util.Arrays;

public class Add {
	public static void main(String[] args) {
		int[] values = new int[1000];

		Arrays.fill(values, Integer.parseInt(args[1]));
		try (IHDF5Writer file = HDF5Factory.open(args[0])) {
			file.int32().writeArray("y" + args[1], values);
		}
	}
}
